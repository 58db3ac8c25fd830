/** What an erasure came to, in words for whoever is signed out by it. */
import type { Erasure } from '../../api/types'

const day = (iso: string) => iso.slice(0, 10)

export function erasureWords(erasure: Erasure): string {
  const done =
    erasure.state === 'erased'
      ? 'Your account is erased: nothing of it on this server can be read any more.'
      : 'Your account is being erased: you are signed out, and the rest goes on by itself.'
  const copies = ` No copy is left from ${day(erasure.complete_at)} on, when the last backup of before is due to go.`
  const kits = erasure.kits_to_destroy?.length ?? 0
  if (kits === 0) return done + copies
  return `${done}${copies} Whoever runs this server has ${kits === 1 ? 'a recovery kit' : `${kits} recovery kits`} of before, to be destroyed until then.`
}
