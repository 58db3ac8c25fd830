/** Each page is a chunk of its own, so that the first load is one page. */
import type { Component } from 'svelte'
import type { PageName } from '../state/router.svelte'

// Pages take an id or nothing; which one takes what is the router's knowledge.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Page = Component<any>

const loaders: Record<PageName, () => Promise<{ default: Page }>> = {
  home: () => import('./home/Home.svelte'),
  setup: () => import('./entry/Setup.svelte'),
  'sign-in': () => import('./entry/SignIn.svelte'),
  things: () => import('./things/Things.svelte'),
  thing: () => import('./thing/Thing.svelte'),
  devices: () => import('./devices/Devices.svelte'),
  device: () => import('./device/Device.svelte'),
  claims: () => import('./claims/Claims.svelte'),
  authority: () => import('./authority/Authority.svelte'),
  keys: () => import('./keys/Keys.svelte'),
  people: () => import('./people/People.svelte'),
  support: () => import('./staff/Support.svelte'),
  operator: () => import('./staff/Operator.svelte'),
  invitation: () => import('./entry/Invitation.svelte'),
  audit: () => import('./audit/Audit.svelte'),
  checks: () => import('./checks/Checks.svelte'),
  account: () => import('./account/Account.svelte'),
  settings: () => import('./settings/Settings.svelte'),
  trust: () => import('./settings/Trust.svelte'),
  status: () => import('./settings/Status.svelte'),
  guard: () => import('./places/Guard.svelte'),
  more: () => import('./places/More.svelte'),
  'not-found': () => import('./places/NotFound.svelte'),
}

const loaded = new Map<PageName, Promise<Page>>()

/** Loads a page once. A chunk that could not be fetched (a newer release is in place) is tried again next time. */
export function pageOf(name: PageName): Promise<Page> {
  let page = loaded.get(name)
  if (!page) {
    page = loaders[name]().then((module) => module.default)
    page.catch(() => loaded.delete(name))
    loaded.set(name, page)
  }
  return page
}
