/** Colours of boards: hue 0–360, saturation and brightness 0–100 (HSB), and the sRGB text that a colour field uses. */

export interface Hsb {
  hue: number
  sat: number
  bri: number
}

export function hsbToHex({ hue, sat, bri }: Hsb): string {
  const s = sat / 100
  const v = bri / 100
  const channel = (shift: number) => {
    const k = (shift + hue / 60) % 6
    return v - v * s * Math.max(0, Math.min(k, 4 - k, 1))
  }
  const byte = (value: number) => Math.round(value * 255).toString(16).padStart(2, '0')
  return `#${byte(channel(5))}${byte(channel(3))}${byte(channel(1))}`
}

export function hexToHsb(hex: string): Hsb {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r = 0, g = 0, b = 0] = channels
  const max = Math.max(r, g, b)
  const span = max - Math.min(r, g, b)
  let hue = 0
  if (span > 0) {
    if (max === r) hue = ((g - b) / span + 6) % 6
    else if (max === g) hue = (b - r) / span + 2
    else hue = (r - g) / span + 4
  }
  return {
    hue: Math.round(hue * 60) % 360,
    sat: max === 0 ? 0 : Math.round((span / max) * 100),
    bri: Math.round(max * 100),
  }
}

const hues: [number, string][] = [
  [15, 'red'],
  [40, 'orange'],
  [65, 'yellow'],
  [160, 'green'],
  [195, 'cyan'],
  [255, 'blue'],
  [290, 'violet'],
  [340, 'pink'],
  [360, 'red'],
]

/** A word for a colour, so that nobody needs to see it: "warm white", "blue". */
export function colourWord({ hue, sat, bri }: Hsb): string {
  if (bri < 5) return 'dark'
  if (sat < 12) return 'white'
  if (sat < 55 && hue >= 20 && hue <= 60) return 'warm white'
  if (sat < 40 && hue >= 180 && hue <= 260) return 'cool white'
  return hues.find(([limit]) => hue <= limit)?.[1] ?? 'red'
}
