/** A fresh proof of who is there, asked for once however many requests wait for it. */
import { post, whenStepUp } from '../api/client'

class StepUp {
  /** The dialog is open. */
  open = $state(false)
  private asked: Promise<boolean> | undefined
  private answer: (proved: boolean) => void = () => {}

  constructor() {
    whenStepUp(() => this.ask())
  }

  ask(): Promise<boolean> {
    this.asked ??= new Promise((resolve) => {
      this.answer = resolve
      this.open = true
    })
    return this.asked
  }

  /** Rejects with what the server says; the dialog stays then. */
  async prove(password: string, code: string): Promise<void> {
    await post('/session/prove', code ? { password, code } : { password })
    this.close(true)
  }

  close(proved: boolean): void {
    this.open = false
    this.asked = undefined
    this.answer(proved)
  }
}

export const stepUp = new StepUp()
