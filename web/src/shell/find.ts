/** Finds by the start of a word, then inside of it; what matches better comes first, groups keep their order. */

export interface Candidate {
  key: string
  group: string
  text: string
  /** Other words it answers to: id, tags, description. */
  words: string[]
}

/** 0 = not at all; higher is better. */
export function score(candidate: Candidate, query: string): number {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return 1
  const text = candidate.text.toLowerCase()
  const others = candidate.words.map((word) => word.toLowerCase())
  let total = 0
  for (const word of wanted) {
    if (text.startsWith(word)) total += 8
    else if (text.split(/[\s-]+/).some((part) => part.startsWith(word))) total += 6
    else if (text.includes(word)) total += 4
    else if (others.some((other) => other.startsWith(word))) total += 3
    else if (word.length > 2 && others.some((other) => other.includes(word))) total += 1
    else return 0
  }
  return total
}

export function rank<T extends Candidate>(candidates: T[], query: string, limit: number): T[] {
  const scored = candidates.map((candidate) => ({ candidate, points: score(candidate, query) })).filter((entry) => entry.points > 0)
  const best = new Map<string, number>()
  const order: string[] = []
  for (const { candidate, points } of scored) {
    if (!best.has(candidate.group)) order.push(candidate.group)
    best.set(candidate.group, Math.max(best.get(candidate.group) ?? 0, points))
  }
  const place = (group: string) => (query.trim() === '' ? order.indexOf(group) : -(best.get(group) ?? 0) * 100 + order.indexOf(group))
  scored.sort((a, b) => place(a.candidate.group) - place(b.candidate.group) || b.points - a.points)
  return scored.slice(0, limit).map((entry) => entry.candidate)
}
