/** Single keys of the console (CONSOLE.md §12). They are off inside fields and can be switched off. */
import { router } from '../state/router.svelte'
import { allPlaces } from './places'

const KEY = 'fastness.single-keys'
const CHORD_MILLIS = 1500

export interface Shortcut {
  keys: string
  about: string
}

type PageKeys = Record<string, () => void>

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type)
}

class Shortcuts {
  layer = $state<'none' | 'palette' | 'keys'>('none')
  enabled = $state(this.stored())
  private page: PageKeys = {}
  private chordUntil = 0

  /** A page's own keys; returns how to give them back. */
  use(keys: PageKeys): () => void {
    this.page = keys
    return () => {
      if (this.page === keys) this.page = {}
    }
  }

  setEnabled(on: boolean): void {
    this.enabled = on
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off')
    } catch {
      // Storage is shut: the choice holds until the page is closed.
    }
  }

  handle(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      this.layer = this.layer === 'palette' ? 'none' : 'palette'
      return
    }
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return
    const now = performance.now()
    if (now < this.chordUntil) {
      this.chordUntil = 0
      const place = allPlaces.find((candidate) => candidate.key === event.key)
      if (place) {
        event.preventDefault()
        router.go(place.path)
      }
      return
    }
    if (event.key === 'g') {
      this.chordUntil = now + CHORD_MILLIS
      return
    }
    const run = event.key === '?' ? () => (this.layer = 'keys') : this.page[event.key]
    if (!run) return
    event.preventDefault()
    run()
  }

  private stored(): boolean {
    try {
      return localStorage.getItem(KEY) !== 'off'
    } catch {
      return true
    }
  }
}

export const shortcuts = new Shortcuts()

export const generalKeys: Shortcut[] = [
  { keys: 'Ctrl K', about: 'Find or do anything' },
  { keys: '/', about: 'Filter on this page' },
  { keys: 'j k', about: 'Next and previous row' },
  { keys: 'Enter', about: 'Open the row' },
  { keys: 'Esc', about: 'Back out of a layer' },
  { keys: '?', about: 'These keys' },
]

export const thingKeys: Shortcut[] = [
  { keys: 'c', about: 'Chart or table' },
  { keys: '[ ]', about: 'Earlier, later' },
  { keys: '← →', about: 'On a chart: point by point, with Shift ten' },
  { keys: '+ −', about: 'On a chart: zoom' },
]
