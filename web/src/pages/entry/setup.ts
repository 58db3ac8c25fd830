/** What the set-up page can say before it asks the server. */

export const PASSWORD_MIN = 12

/** The token of the link: `/setup#TOKEN` or `/setup#token=TOKEN`. It never leaves the fragment but in the request. */
export function tokenOf(hash: string): string | undefined {
  const text = hash.replace(/^#/, '').replace(/^token=/, '').trim()
  return text === '' ? undefined : text
}

/** How far a password is, in words: length is all that is asked. */
export function passwordWords(password: string): string {
  const left = PASSWORD_MIN - [...password].length
  if (password === '') return `At least ${PASSWORD_MIN} characters. Four words that do not belong together are easy to keep and hard to guess.`
  if (left > 0) return `${left} more to go`
  return /^(.)\1+$/.test(password) ? 'One letter again and again is quickly guessed' : 'Long enough'
}
