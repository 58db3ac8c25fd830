/** What operators of the server ask of the organisation: everybody in it sees who is in now, wherever they look. */
import { get } from '../api/client'
import type { AccessGrant, AccessGrants } from '../api/types'
import { Resource } from './resource.svelte'
import { session } from './session.svelte'

const EVERY = 60_000

class Support {
  readonly list = new Resource((signal) => get<AccessGrants>('/support-access', { signal, quiet: true }))

  /** Guests and operators have no part in it. */
  get concerns(): boolean {
    return session.isAtLeast('viewer')
  }

  get all(): AccessGrant[] {
    return this.list.value?.grants ?? []
  }

  get live(): AccessGrant[] {
    return this.all.filter((grant) => grant.state === 'live')
  }

  get waiting(): AccessGrant[] {
    return this.all.filter((grant) => grant.state === 'waiting')
  }

  /** Looks now and each minute, until the returned function is called. */
  watch(): () => void {
    if (!this.concerns) return () => undefined
    void this.list.load()
    const timer = setInterval(() => document.hidden || void this.list.load(), EVERY)
    return () => clearInterval(timer)
  }
}

export const support = new Support()
