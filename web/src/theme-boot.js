// Runs before the first paint, so that nothing is ever painted in the wrong theme.
try {
  const wanted = localStorage.getItem('fastness.theme')
  if (wanted === 'light' || wanted === 'dark') document.documentElement.dataset.theme = wanted
} catch {
  // Storage is shut: the system's theme it is.
}
