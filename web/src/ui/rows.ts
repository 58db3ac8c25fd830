/** j and k, or the arrows, walk the links that open a row. Works on whatever is in `root` right now. */
export function walkRows(root: HTMLElement | undefined, step: 1 | -1): void {
  if (!root) return
  const rows = [...root.querySelectorAll<HTMLElement>('[data-row]')]
  if (rows.length === 0) return
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))
  rows[next]?.focus()
}

/** The keys of a list page: filter, next, previous. */
export function listKeys(root: () => HTMLElement | undefined): Record<string, () => void> {
  const walk = (step: 1 | -1) => () => walkRows(root(), step)
  return {
    '/': () => root()?.querySelector<HTMLElement>('[data-filter]')?.focus(),
    j: walk(1),
    k: walk(-1),
  }
}
