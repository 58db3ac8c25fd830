/** The security check-up in words. */
import type { Check, CheckSubject } from '../../api/types'
import { formatCount } from '../../format/numbers'

/** What is not passed, the worst first; of equals, as the server has them. */
export function openChecks(checks: Check[]): Check[] {
  const rank: Record<Check['state'], number> = { failed: 0, attention: 1, unknown: 2, passed: 3 }
  return checks.filter((check) => check.state !== 'passed').sort((a, b) => rank[a.state] - rank[b.state])
}

/** The page's sentence: what holds counts, because what does not is named below. */
export function headline(checks: Check[]): string {
  const held = checks.filter((check) => check.state === 'passed').length
  if (held === checks.length) return 'Everything holds'
  return `${formatCount(held)} of ${formatCount(checks.length)} hold`
}

/** Where a person puts it right; a setting or a generation has no page here. */
export function subjectPath(subject: CheckSubject): string | undefined {
  if (subject.kind === 'device') return `/devices/${subject.id}`
  if (subject.kind === 'api_key') return '/keys'
  if (subject.kind === 'person') return '/people'
  return undefined
}

/** "and 3 more", of those that the server does not name. */
export function moreText(check: Check): string {
  const rest = check.count - check.subjects.length
  return rest > 0 ? `and ${formatCount(rest)} more` : ''
}
