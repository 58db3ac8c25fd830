/** A path in a 100 × 30 box; empty for fewer than two points. A flat line lies at the foot. */
export function sparkPath(points: number[]): string {
  if (points.length < 2) return ''
  const low = Math.min(...points)
  const span = Math.max(...points) - low || 1
  const last = points.length - 1
  const at = (value: number, index: number) =>
    `${((index / last) * 100).toFixed(1)} ${(26 - ((value - low) / span) * 22).toFixed(1)}`
  return `M${points.map(at).join('L')}`
}
