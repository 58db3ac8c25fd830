/** The theme: the system's, unless this person chose one on this computer. */

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'fastness.theme'

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

class Theme {
  choice = $state<ThemeChoice>('system')
  private systemDark = $state(false)
  /** What is in force; charts read their colours again when it changes. */
  shown = $derived<'light' | 'dark'>(this.choice === 'system' ? (this.systemDark ? 'dark' : 'light') : this.choice)

  start(): void {
    this.choice = stored()
    const query = matchMedia('(prefers-color-scheme: dark)')
    this.systemDark = query.matches
    query.addEventListener('change', () => (this.systemDark = query.matches))
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice
    const root = document.documentElement
    if (choice === 'system') delete root.dataset.theme
    else root.dataset.theme = choice
    try {
      if (choice === 'system') localStorage.removeItem(KEY)
      else localStorage.setItem(KEY, choice)
    } catch {
      // Storage is shut: the choice holds until the page is closed.
    }
  }

  toggle(): void {
    this.choose(this.shown === 'dark' ? 'light' : 'dark')
  }
}

export const theme = new Theme()
