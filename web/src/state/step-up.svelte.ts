/** A fresh proof of who is there, asked for once however many requests wait for it. */
import { post, whenStepUp } from '../api/client'
import type { PasskeyOffer } from '../api/types'
import { askPasskey } from './passkey'

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

  /** The same by a passkey; rejects also with what the browser says. */
  async proveByPasskey(): Promise<void> {
    const offer = await post<PasskeyOffer>('/session/prove/passkey/options')
    await post('/session/prove/passkey', await askPasskey(offer))
    this.close(true)
  }

  close(proved: boolean): void {
    this.open = false
    this.asked = undefined
    this.answer(proved)
  }
}

export const stepUp = new StepUp()
