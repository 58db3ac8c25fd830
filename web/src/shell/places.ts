/** The places of the console, by what a person is doing. A place is added here when it exists, not before. */
import Activity from '@lucide/svelte/icons/activity'
import Castle from '@lucide/svelte/icons/castle'
import Cpu from '@lucide/svelte/icons/cpu'
import CircleUserRound from '@lucide/svelte/icons/circle-user-round'
import House from '@lucide/svelte/icons/house'
import KeyRound from '@lucide/svelte/icons/key-round'
import LifeBuoy from '@lucide/svelte/icons/life-buoy'
import Menu from '@lucide/svelte/icons/menu'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import Settings from '@lucide/svelte/icons/settings'
import ShieldCheck from '@lucide/svelte/icons/shield-check'
import Sprout from '@lucide/svelte/icons/sprout'
import Ticket from '@lucide/svelte/icons/ticket'
import Users from '@lucide/svelte/icons/users'
import Wrench from '@lucide/svelte/icons/wrench'
import type { Scope } from '../api/types'
import type { PageName } from '../state/router.svelte'
import { session } from '../state/session.svelte'
import type { IconComponent } from '../ui/Icon.svelte'

export interface Place {
  page: PageName
  path: string
  name: string
  icon: IconComponent
  /** After `g`. */
  key?: string
  about: string
  /** Without it in their role, nobody is shown the place. */
  scope?: Scope
  /** In place of a scope. */
  concerns?: () => boolean
}

export const home: Place = { page: 'home', path: '/', name: 'Home', icon: House, key: 'h', about: 'What needs you', scope: 'things:read' }

const things: Place = {
  page: 'things',
  path: '/things',
  name: 'Things',
  icon: Sprout,
  key: 't',
  about: 'Live values, controls and history',
}
const devices: Place = {
  page: 'devices',
  path: '/devices',
  name: 'Devices',
  icon: Cpu,
  key: 'd',
  about: 'Boards, their keys and their connections',
  scope: 'devices:read',
}
const claims: Place = { page: 'claims', path: '/claims', name: 'Claim codes', icon: Ticket, key: 'e', about: 'How new devices come in, and who waits', scope: 'devices:read' }
const authority: Place = {
  page: 'authority',
  path: '/authority',
  name: 'Authority',
  icon: Castle,
  key: 'a',
  about: 'The keys that sign device certificates',
  scope: 'devices:read',
}
const keys: Place = { page: 'keys', path: '/keys', name: 'API keys', icon: KeyRound, key: 'k', about: 'What programs may do', concerns: () => session.may('values:write') && session.current?.visit === undefined }
const people: Place = {
  page: 'people',
  path: '/people',
  name: 'People',
  icon: Users,
  key: 'p',
  about: 'Who is in this organisation, and as what',
  concerns: () => session.current?.visit === undefined,
}
const support: Place = {
  page: 'support',
  path: '/support',
  name: 'Support access',
  icon: LifeBuoy,
  about: 'Who of those who run this server is let in',
  concerns: () => session.isAtLeast('viewer'),
}
const operator: Place = {
  page: 'operator',
  path: '/operator',
  name: 'Operator',
  icon: Wrench,
  about: 'Whom you ask to let you in, and who lets others in',
  concerns: () => session.current?.operator === true,
}
const audit: Place = {
  page: 'audit',
  path: '/audit',
  name: 'Audit',
  icon: ScrollText,
  key: 'u',
  about: 'Who did what, to what, when',
  scope: 'audit:read',
}
const checks: Place = {
  page: 'checks',
  path: '/check-up',
  name: 'Check-up',
  icon: ShieldCheck,
  key: 'c',
  about: 'What is weak, what may be an attack',
  scope: 'security:read',
}
export const settings: Place = {
  page: 'settings',
  path: '/settings',
  name: 'Settings',
  icon: Settings,
  key: ',',
  about: 'This server, trust, and how the console looks',
}

export const account: Place = {
  page: 'account',
  path: '/account',
  name: 'Account',
  icon: CircleUserRound,
  about: 'Your password, second factor and sessions',
}

export const trust: Place = { page: 'trust', path: '/trust', name: 'Trust this server', icon: Castle, about: 'Its root certificate, and steps per system' }
export const status: Place = {
  page: 'status',
  path: '/status',
  name: 'Status of this server',
  icon: Activity,
  about: 'How much of it goes on, also without signing in',
}

const guarding = [checks, authority, people, support, keys, audit, operator]

export const groups: { name: string; places: Place[] }[] = [
  { name: 'Watch', places: [things] },
  { name: 'Build', places: [devices, claims] },
  { name: 'Guard', places: guarding },
]

export const guard: Place = { page: 'guard', path: '/guard', name: 'Guard', icon: ShieldCheck, about: 'The authority, API keys and the audit trail' }
export const more: Place = { page: 'more', path: '/more', name: 'More', icon: Menu, about: 'Settings and your account' }

export const phoneBar: Place[] = [home, things, devices, guard, more]
export const allPlaces: Place[] = [home, ...groups.flatMap((group) => group.places), account, settings, trust, status]

/** Whether it is shown to whoever is signed in; the server decides in any case. */
export function isShown(place: Place): boolean {
  if (place.concerns) return place.concerns()
  return place.scope === undefined || session.may(place.scope)
}

/** The place in the rail that a page belongs to. */
export function placeOf(page: PageName): PageName {
  if (page === 'thing') return 'things'
  if (page === 'device') return 'devices'
  return page
}

/** The same for the phone bar, which has fewer places. */
export function tabOf(page: PageName): PageName {
  const place = placeOf(page)
  if (guarding.some((candidate) => candidate.page === place)) return 'guard'
  if (place === 'claims') return 'devices'
  if (place === 'settings' || place === 'account' || place === 'trust' || place === 'status') return 'more'
  return place
}
