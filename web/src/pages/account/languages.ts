import type { Language } from '../../api/types'

/** What mails may be in, each under the name that its readers give it. */
export const languages: { value: Language; text: string; lang: string }[] = [
  { value: 'en', text: 'English', lang: 'en' },
  { value: 'de', text: 'Deutsch', lang: 'de' },
]

/** In the console's own language. */
const NAMES: Record<Language, string> = { en: 'English', de: 'German' }

export function nameOf(language: Language): string {
  return NAMES[language]
}
