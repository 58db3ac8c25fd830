/** Recovery codes as a file or on paper, which is found again years later: it says what it is and whose. */
export function recoveryText(codes: string[], host: string, email: string, day: string): string {
  return [
    `Recovery codes for ${email} on ${host}, made ${day}.`,
    'Each signs you in once instead of a code of your app, together with your password.',
    '',
    ...codes,
    '',
  ].join('\n')
}

/** What to say of how many are left. */
export function codesLeft(count: number): string {
  if (count === 0) return 'No recovery code is left. Make others while you have your app.'
  if (count === 1) return 'One recovery code is left.'
  return `${count} recovery codes are left.`
}
