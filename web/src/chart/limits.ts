/** Round limits for an axis that hold still until the data leaves them. */

export interface Limits {
  low: number
  high: number
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const scaled = rough / power
  return (scaled <= 1 ? 1 : scaled <= 2 ? 2 : scaled <= 5 ? 5 : 10) * power
}

export function roundLimits(low: number, high: number, fromZero: boolean): Limits {
  const start = fromZero ? Math.min(0, low) : low
  const span = high - start || Math.abs(high) * 0.1 || 1
  const step = roundStep(span / 4)
  const middle = high === start ? step : 0
  return { low: Math.floor((start - middle) / step) * step, high: Math.ceil((high + middle) / step) * step }
}

/** Keeps `held` while the data fits and still fills at least two fifths of it. */
export function holdLimits(held: Limits | undefined, low: number, high: number, fromZero: boolean): Limits {
  if (held && low >= held.low && high <= held.high) {
    const fill = (high - low) / (held.high - held.low)
    if (fill >= 0.4 || fromZero || high === low) return held
  }
  return roundLimits(low, high, fromZero)
}
