// Proves what the tokens promise: every pair of text or shape on its ground, in both themes; no colour outside of
// sRGB; series that stay apart for every kind of colour vision. Ends with 1 on a miss.
import fs from 'node:fs'
import { contrast, distance, inGamut, parse, seenWith, shown, visions } from './colour.mjs'

const TEXT = 4.5
const SHAPE = 3
const SERIES_FLOOR = 0.08

const css = fs.readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8')
const misses = []

function theme(index) {
  const colours = {}
  for (const match of css.matchAll(/--([\w-]+):\s*light-dark\((oklch\([^)]*\)),\s*(oklch\([^)]*\))\)/g)) {
    const linear = parse(match[2 + index])
    if (!linear) continue
    if (!inGamut(linear)) misses.push(`${match[1]} is outside of sRGB`)
    colours[match[1]] = linear
  }
  return colours
}

function pairs() {
  const list = []
  for (const ground of ['page', 'sunken', 'surface', 'raised']) {
    for (const name of ['ink', 'ink-2', 'ink-3', 'live-ink', 'heed-ink', 'harm-ink', 'work-ink', 'chart-axis']) list.push([name, ground, TEXT])
    for (const name of ['line-strong', 'live', 'heed', 'harm', 'work', 'still', 'focus']) list.push([name, ground, SHAPE])
  }
  for (const signal of ['live', 'heed', 'harm', 'work']) {
    list.push([`${signal}-ink`, `${signal}-soft`, TEXT], ['ink', `${signal}-soft`, TEXT], ['ink-2', `${signal}-soft`, TEXT])
    list.push([signal, `${signal}-soft`, SHAPE], [`on-${signal}`, signal, TEXT])
  }
  list.push(['on-act', 'act', TEXT], ['on-act', 'act-hover', TEXT], ['act', 'page', SHAPE], ['line-strong', 'heed-soft', SHAPE])
  for (let slot = 1; slot <= 8; slot += 1) list.push([`series-${slot}`, 'surface', SHAPE], [`series-${slot}`, 'raised', SHAPE])
  return list
}

function nearestSeries(colours, eyes) {
  const seen = Array.from({ length: 8 }, (_, slot) => seenWith(eyes, shown(colours[`series-${slot + 1}`])))
  let least = Number.POSITIVE_INFINITY
  for (let a = 0; a < 8; a += 1) for (let b = a + 1; b < 8; b += 1) least = Math.min(least, distance(seen[a], seen[b]))
  return least
}

let proven = 0
for (const [index, name] of ['light', 'dark'].entries()) {
  const colours = theme(index)
  for (const [front, ground, least] of pairs()) {
    const found = contrast(shown(colours[front]), shown(colours[ground]))
    proven += 1
    if (found < least) misses.push(`${name}: ${front} on ${ground} is ${found.toFixed(2)}, not ${least}`)
  }
  for (const eyes of visions) {
    const found = nearestSeries(colours, eyes)
    proven += 1
    if (found < SERIES_FLOOR) misses.push(`${name}: two series are ${found.toFixed(3)} apart with ${eyes}`)
  }
}
for (const miss of misses) console.error(miss)
console.log(`tokens: ${proven} facts, ${misses.length} missed`)
process.exit(misses.length > 0 ? 1 : 0)
