/** Paths of the console. A path that is none of them is the not-found page. */

export type PageName =
  | 'home'
  | 'setup'
  | 'sign-in'
  | 'things'
  | 'thing'
  | 'devices'
  | 'device'
  | 'claims'
  | 'authority'
  | 'keys'
  | 'people'
  | 'support'
  | 'operator'
  | 'invitation'
  | 'audit'
  | 'checks'
  | 'account'
  | 'settings'
  | 'trust'
  | 'status'
  | 'guard'
  | 'more'
  | 'not-found'

export interface Route {
  page: PageName
  id?: string
  path: string
}

const plain: Record<string, PageName> = {
  '/': 'home',
  '/setup': 'setup',
  '/sign-in': 'sign-in',
  '/things': 'things',
  '/devices': 'devices',
  '/claims': 'claims',
  '/authority': 'authority',
  '/keys': 'keys',
  '/people': 'people',
  '/support': 'support',
  '/operator': 'operator',
  '/invitation': 'invitation',
  '/audit': 'audit',
  '/check-up': 'checks',
  '/account': 'account',
  '/settings': 'settings',
  '/trust': 'trust',
  '/status': 'status',
  '/guard': 'guard',
  '/more': 'more',
}

export function parsePath(path: string): Route {
  const clean = path.length > 1 ? path.replace(/\/+$/, '') || '/' : path
  const page = plain[clean]
  if (page) return { page, path: clean }
  const match = /^\/(things|devices)\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i.exec(clean)
  if (match) return { page: match[1] === 'things' ? 'thing' : 'device', id: match[2]!.toLowerCase(), path: clean }
  return { page: 'not-found', path: clean }
}

/** Pages that anyone may open. */
export function isPublic(page: PageName): boolean {
  return page === 'setup' || page === 'invitation' || page === 'sign-in' || page === 'trust' || page === 'status'
}

class Router {
  route = $state.raw<Route>({ page: 'home', path: '/' })
  /** Grows with each navigation, so that a page can move the focus to its start. */
  visits = $state(0)

  start(): void {
    this.route = parsePath(location.pathname)
    addEventListener('popstate', () => this.enter())
    addEventListener('click', (event) => this.intercept(event))
  }

  go(path: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'replace') history.replaceState(null, '', path)
    else if (path !== location.pathname + location.search) history.pushState(null, '', path)
    this.enter()
    scrollTo(0, 0)
  }

  /** Whether the address asks for `name` ("/devices?add"); asked once, it is taken out of the address. */
  take(name: string): boolean {
    const query = new URLSearchParams(location.search)
    if (this.visits < 0 || !query.has(name)) return false
    query.delete(name)
    const rest = query.toString()
    history.replaceState(null, '', location.pathname + (rest ? `?${rest}` : ''))
    return true
  }

  private enter(): void {
    this.route = parsePath(location.pathname)
    this.visits += 1
  }

  /** A plain click on a link to one of our pages stays in this document. */
  private intercept(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/') || (link.hash && link.pathname === location.pathname)) return
    event.preventDefault()
    this.go(link.pathname + link.search)
  }
}

export const router = new Router()
