/** What the roles are, in words. What they may do is the server's table. */
import type { GivenRole, GivenThing, Role, ThingGrant, ThingRight } from '../../api/types'

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
  { role: 'guest', name: 'Guest', may: 'Has the things that you choose, and nothing else.' },
]

export const nameOf = (role: Role): string => roles.find((entry) => entry.role === role)!.name

/** "an administrator", "a viewer" */
export const withArticle = (role: Role): string => `${role === 'administrator' ? 'an' : 'a'} ${role}`

const RANK: Role[] = ['guest', 'viewer', 'member', 'administrator', 'owner']

/** What somebody with `own` gives and takes: an owner all but their own, an administrator what is below theirs. */
export function given(own: Role): GivenRole[] {
  const rank = RANK.indexOf(own)
  if (rank < RANK.indexOf('administrator')) return []
  return RANK.slice(0, rank).reverse() as GivenRole[]
}

/** Whether the one changes the other. */
export const decides = (own: Role, theirs: Role): boolean => given(own).some((role) => role === theirs)

/** As many as the server takes for one person, invitation or key. */
export const MOST_THINGS = 64

export const rights: { right: ThingRight; may: string; words: string }[] = [
  { right: 'view', may: 'may look', words: 'looks at' },
  { right: 'operate', may: 'may operate', words: 'operates' },
  { right: 'edit', may: 'may edit', words: 'edits' },
]

export const grantsOf = (chosen: Record<string, ThingRight>): ThingGrant[] =>
  Object.entries(chosen).map(([thing_id, right]) => ({ thing_id, right }))

/** "operates Greenhouse, looks at Well and 2 more", or nothing. */
export function thingsText(things: readonly GivenThing[]): string {
  const named = things.slice(0, 2).map((each) => `${rights.find((entry) => entry.right === each.right)!.words} ${each.name}`)
  const more = things.length - named.length
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** A mail program that opens with the invitation written, for a server that mails nothing. */
export function mailtoOf(email: string, organisation: string, link: string): string {
  const subject = encodeURIComponent(`Come in to ${organisation}`)
  return `mailto:${encodeURIComponent(email)}?subject=${subject}&body=${encodeURIComponent(link)}`
}
