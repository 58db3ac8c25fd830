/** The document's title: what the page is about, then whose it is. */
export function title(text: string): void {
  document.title = `${text} · Fastness`
}
