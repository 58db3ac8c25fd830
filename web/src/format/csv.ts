/** RFC 4180 text from a table. Cells that a spreadsheet would run as a formula are made text. */

export type Cell = string | number | boolean | null | undefined

function quote(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  if (typeof cell === 'boolean') return cell ? 'true' : 'false'
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function toCsv(header: string[], rows: Iterable<Cell[]>): string {
  const lines = [header.map(quote).join(',')]
  for (const row of rows) lines.push(row.map(quote).join(','))
  return lines.join('\r\n') + '\r\n'
}

/** A file name that every system accepts: "greenhouse-north-24h.csv". */
export function fileName(...parts: string[]): string {
  const stem = parts
    .join('-')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return `${stem || 'export'}.csv`
}
