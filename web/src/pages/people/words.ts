/** What the roles are, in words. What they may do is the server's table. */
import type { GivenRole, Role } from '../../api/types'

export interface RoleWords {
  role: Role
  name: string
  may: string
}

export const roles: RoleWords[] = [
  { role: 'owner', name: 'Owner', may: 'All of it, also who administers. There is one.' },
  { role: 'administrator', name: 'Administrator', may: 'Also who is here, every API key, the trail and the check-up.' },
  { role: 'member', name: 'Member', may: 'Works with devices and things, and makes API keys.' },
  { role: 'viewer', name: 'Viewer', may: 'Looks, and changes nothing.' },
]

export const nameOf = (role: Role): string => roles.find((entry) => entry.role === role)!.name

/** "an administrator", "a viewer" */
export const withArticle = (role: Role): string => `${role === 'administrator' ? 'an' : 'a'} ${role}`

const RANK: Role[] = ['viewer', 'member', 'administrator', 'owner']

/** What somebody with `own` gives and takes: an owner all but their own, an administrator what is below theirs. */
export function given(own: Role): GivenRole[] {
  const rank = RANK.indexOf(own)
  if (rank < RANK.indexOf('administrator')) return []
  return RANK.slice(0, rank).reverse() as GivenRole[]
}

/** Whether the one changes the other. */
export const decides = (own: Role, theirs: Role): boolean => given(own).some((role) => role === theirs)

/** A mail program that opens with the invitation written, for a server that mails nothing. */
export function mailtoOf(email: string, organisation: string, link: string): string {
  const subject = encodeURIComponent(`Come in to ${organisation}`)
  return `mailto:${encodeURIComponent(email)}?subject=${subject}&body=${encodeURIComponent(link)}`
}
