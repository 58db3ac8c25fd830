/** What a new passkey is called until its person says otherwise. */

const systems: [pattern: RegExp, name: string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/CrOS/, 'Chromebook'],
  [/Linux/, 'Linux'],
]

/** After the system that made it, with a number if that name is taken. */
export function firstName(taken: string[], userAgent: string): string {
  const name = systems.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'Passkey'
  let number = 1
  const numbered = () => (number === 1 ? name : `${name} ${number}`)
  while (taken.includes(numbered())) number += 1
  return numbered()
}
