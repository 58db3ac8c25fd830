// OKLCH to sRGB, WCAG contrast, colour-vision simulation (Machado 2009, severity 1), distance in OKLab.

function oklabToLinear([l, a, b]) {
  const x = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const y = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const z = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ]
}

function linearToOklab([r, g, b]) {
  const x = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const y = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const z = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * x + 0.793617785 * y - 0.0040720468 * z,
    1.9779984951 * x - 2.428592205 * y + 0.4505937099 * z,
    0.0259040371 * x + 0.7827717662 * y - 0.808675766 * z,
  ]
}

const clip = (linear) => linear.map((value) => Math.min(1, Math.max(0, value)))
const encode = (value) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055)
const decode = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** What a screen shows: 8 bits of sRGB. */
export const shown = (linear) => clip(linear).map((value) => decode(Math.round(encode(value) * 255) / 255))

export const inGamut = (linear) => linear.every((value) => value >= -1e-3 && value <= 1.001)

const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b

export function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

const vision = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}
export const visions = ['normal', ...Object.keys(vision)]

export function seenWith(name, linear) {
  if (name === 'normal') return linear
  const m = vision[name]
  return clip([0, 3, 6].map((row) => m[row] * linear[0] + m[row + 1] * linear[1] + m[row + 2] * linear[2]))
}

export function distance(a, b) {
  const [x, y] = [linearToOklab(a), linearToOklab(b)]
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2])
}

/** `oklch(L C H)` with plain numbers, as tokens.css writes them; undefined for colours with alpha. */
export function parse(text) {
  const match = /^oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)$/.exec(text.trim())
  if (!match) return undefined
  const [lightness, chroma, hue] = match.slice(1).map(Number)
  const angle = (hue * Math.PI) / 180
  return oklabToLinear([lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)])
}
