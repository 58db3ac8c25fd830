/** Short notes at the foot of the page: Undo for ten seconds, or a failure that has no field to stand at. */

export interface Note {
  id: number
  text: string
  tone: 'plain' | 'fault'
  act?: { label: string; run: () => void }
}

class Notes {
  list = $state<Note[]>([])
  private next = 1

  say(text: string, act?: Note['act']): void {
    this.add({ id: this.next++, text, tone: 'plain', act }, 10_000)
  }

  fault(text: string, act?: Note['act']): void {
    this.add({ id: this.next++, text, tone: 'fault', act }, 15_000)
  }

  close(id: number): void {
    this.list = this.list.filter((note) => note.id !== id)
  }

  private add(note: Note, millis: number): void {
    this.list = [...this.list.slice(-2), note]
    setTimeout(() => this.close(note.id), millis)
  }
}

export const notes = new Notes()
