/** Canvas parts of a chart that uPlot does not draw: bridges over gaps, runs of switches, the head, names at line ends. */
import type uPlot from 'uplot'
import type { Gap, Run } from './data'

export interface Ink {
  series: string[]
  grid: string
  axis: string
  still: string
  work: string
  surface: string
  ink: string
  font: string
}

/** Colours come from the registered properties, so a canvas can paint them in either theme. */
export function readInk(element: Element): Ink {
  const style = getComputedStyle(element)
  const probe = document.createElement('span')
  element.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const ink: Ink = {
    series: Array.from({ length: 8 }, (_, index) => style.getPropertyValue(`--series-${index + 1}`).trim()),
    grid: style.getPropertyValue('--chart-grid').trim(),
    axis: style.getPropertyValue('--chart-axis').trim(),
    still: colour('--still'),
    work: colour('--work'),
    surface: colour('--surface'),
    ink: colour('--ink-2'),
    font: style.fontFamily,
  }
  probe.remove()
  return ink
}

/** Dashes by slot, in CSS pixels; the first of a unit is solid. */
export const dashes: number[][] = [[], [9, 4], [2, 3], [12, 3, 2, 3], [6, 2], [14, 5], [1, 4], [8, 3, 1, 3, 1, 3]]

function within(u: uPlot, paint: (context: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = u
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  paint(ctx)
  ctx.restore()
}

export function paintRuns(u: uPlot, runs: Run[], ink: Ink, ratio: number): void {
  within(u, (ctx) => {
    ctx.fillStyle = ink.work
    for (const run of runs) {
      const left = u.valToPos(run.from, 'x', true)
      const width = Math.max(ratio * 2, u.valToPos(run.to, 'x', true) - left)
      ctx.globalAlpha = 0.13
      ctx.fillRect(left, u.bbox.top, width, u.bbox.height)
      ctx.globalAlpha = 1
      ctx.fillRect(left, u.bbox.top + u.bbox.height - 4 * ratio, width, 4 * ratio)
    }
  })
}

export function paintGaps(u: uPlot, gaps: Gap[], ink: Ink, ratio: number): void {
  within(u, (ctx) => {
    ctx.strokeStyle = ink.still
    ctx.lineWidth = 1.5 * ratio
    ctx.setLineDash([2 * ratio, 4 * ratio])
    for (const gap of gaps) {
      ctx.beginPath()
      ctx.moveTo(u.valToPos(gap.from, 'x', true), u.valToPos(gap.fromValue, 'y', true))
      ctx.lineTo(u.valToPos(gap.to, 'x', true), u.valToPos(gap.toValue, 'y', true))
      ctx.stroke()
    }
  })
}

export interface Head {
  time: number
  value: number
  colour: string
  name?: string
  /** A line that stopped: its head is a ring and dashes lead to now. */
  ended: boolean
}

export function paintHeads(u: uPlot, heads: Head[], to: number, ink: Ink, ratio: number): void {
  const { ctx, bbox } = u
  ctx.save()
  for (const head of heads) {
    const x = u.valToPos(head.time, 'x', true)
    const y = u.valToPos(head.value, 'y', true)
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + ratio * 2) continue
    if (head.ended) {
      ctx.strokeStyle = ink.still
      ctx.lineWidth = 1.5 * ratio
      ctx.setLineDash([2 * ratio, 4 * ratio])
      ctx.beginPath()
      ctx.moveTo(x, y)
      ctx.lineTo(u.valToPos(to, 'x', true), y)
      ctx.stroke()
      ctx.setLineDash([])
    }
    ctx.beginPath()
    ctx.arc(x, y, 4 * ratio, 0, 2 * Math.PI)
    ctx.fillStyle = head.ended ? ink.surface : head.colour
    ctx.strokeStyle = head.colour
    ctx.lineWidth = 2 * ratio
    ctx.fill()
    ctx.stroke()
  }
  paintNames(u, heads, ink, ratio)
  ctx.restore()
}

/** Names at the lines' ends, pushed apart so that none covers another. */
function paintNames(u: uPlot, heads: Head[], ink: Ink, ratio: number): void {
  const named = heads.filter((head) => head.name)
  if (named.length < 2) return
  const { ctx, bbox } = u
  const height = 14 * ratio
  const places = named.map((head) => ({ head, y: u.valToPos(head.value, 'y', true) })).sort((a, b) => a.y - b.y)
  places.forEach((place, index) => {
    const above = places[index - 1]
    if (above && place.y - above.y < height) place.y = above.y + height
  })
  ctx.font = `${12 * ratio}px ${ink.font}`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  ctx.fillStyle = ink.ink
  for (const { head, y } of places) ctx.fillText(head.name!, bbox.left + bbox.width + 9 * ratio, y)
}
