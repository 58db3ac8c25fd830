/** Ids and fingerprints, as they are read off and typed in. */

/** The first eight characters: enough in a list, never enough to act on. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

/** Groups of four hex digits in capitals: B71E 4C09 … Anything that is not hex is left as it is. */
export function groupHex(hex: string): string {
  const bare = hex.replace(/[\s:]/g, '')
  if (!/^[0-9a-f]+$/i.test(bare)) return hex
  return (bare.toUpperCase().match(/.{1,4}/g) ?? []).join(' ')
}

/** Serial numbers by the byte: 3C:0D:91:… */
export function colonHex(hex: string): string {
  const bare = hex.replace(/[\s:]/g, '')
  if (!/^[0-9a-f]+$/i.test(bare)) return hex
  return (bare.toUpperCase().match(/.{1,2}/g) ?? []).join(':')
}

/** The eight-ring seal drawn from the first 32 bits of a hash, most significant bit first. */
export function sealBits(hashHex: string): boolean[] {
  const bare = hashHex.replace(/[\s:]/g, '').slice(0, 8)
  if (!/^[0-9a-f]{8}$/i.test(bare)) return []
  const word = Number.parseInt(bare, 16)
  return Array.from({ length: 32 }, (_, bit) => ((word >>> (31 - bit)) & 1) === 1)
}
