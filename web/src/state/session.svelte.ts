/** Who is signed in. Asked once at start; everything else of the console hangs on it. */
import { ApiError, del, get, post, put, request, setCsrf, setOrganisation, whenSignedOut } from '../api/client'
import type { FactorNeeded, GivenRole, Role, Scope, Session, UsePasskeyRequest } from '../api/types'
import { PATIENCE } from './providers'
import { isPublic, router } from './router.svelte'

const HINT = 'fastness.signed-in'

/**
 * Whether this browser may have a session. The cookie itself is out of reach of scripts; without the hint there is
 * nothing to ask the server for, and a first visit makes no request that is bound to be refused.
 */
function hinted(): boolean {
  try {
    return localStorage.getItem(HINT) !== null
  } catch {
    return true
  }
}

function setHint(on: boolean): void {
  try {
    if (on) localStorage.setItem(HINT, '1')
    else localStorage.removeItem(HINT)
  } catch {
    // Storage is shut: the server is asked each time.
  }
}

const RANK: Record<Role, number> = { guest: 0, viewer: 1, member: 2, administrator: 3, owner: 4 }

/** What of a session the whole page hangs on. */
function standing({ organisation, role, viewing, scopes, things, second_factor }: Session): string {
  return JSON.stringify([organisation.id, role, viewing, scopes, things, second_factor])
}

class SessionState {
  current = $state.raw<Session | undefined>()
  /** False until the server has said whether there is a session. */
  known = $state(false)
  /** Why the server could not be asked. */
  fault = $state.raw<ApiError | undefined>()
  /** A sentence for the sign-in page, if a session ended by itself. */
  farewell = $state<string | undefined>()
  private returnTo: string | undefined
  /** The page is about to be loaded anew. */
  private leaving = false

  constructor() {
    whenSignedOut(() => this.ended())
  }

  async start(): Promise<void> {
    this.fault = undefined
    if (!hinted()) {
      this.known = true
      return
    }
    try {
      this.adopt(await get<Session>('/session', { quiet: true }))
    } catch (cause) {
      if (!(cause instanceof ApiError) || !cause.isSignedOut) {
        this.fault = cause instanceof ApiError ? cause : new ApiError(0, 'unknown', String(cause))
        return
      }
      this.adopt(undefined)
    }
    this.known = true
  }

  /** Resolves to nothing once somebody is in, or to what a code is needed for. */
  async signIn(email: string, password: string): Promise<FactorNeeded | undefined> {
    return this.enterOrAsk(await post<Session | FactorNeeded>('/session', { email, password }, { quiet: true }))
  }

  /** The same by what a provider has answered, after the browser came back from there. */
  async useAnswer(): Promise<FactorNeeded | undefined> {
    return this.enterOrAsk(await post<Session | FactorNeeded>('/session/answer', undefined, { quiet: true, seconds: PATIENCE }))
  }

  async setUp(token: string, email: string, password: string, organisation: string): Promise<FactorNeeded | undefined> {
    return this.enterOrAsk(await post<Session | FactorNeeded>('/setup', { token, email, password, organisation }, { quiet: true }))
  }

  /** A new account by an invitation. */
  async join(token: string, password: string): Promise<void> {
    this.enter(await post<Session>('/invitations/join', { token, password }, { quiet: true }))
  }

  async accept(token: string): Promise<void> {
    await post<Session>('/invitations/accept', { token })
    this.startAnew()
  }

  /** Whether the person may do this, with everything or with that thing. The server decides; here it is what is shown. */
  may(scope: Scope, thing?: string): boolean {
    const given = thing === undefined ? undefined : this.current?.things.find((each) => each.thing_id === thing)
    return (this.current?.scopes.includes(scope) || given?.scopes.includes(scope)) ?? false
  }

  /** Whether this server asks everybody for two factors, and less was shown: then nothing but the account is open. */
  get owesFactor(): boolean {
    return this.current?.second_factor === 'to_show' || this.current?.second_factor === 'to_add'
  }

  isAtLeast(role: Role): boolean {
    return this.current !== undefined && RANK[this.current.role] >= RANK[role]
  }

  /** Another organisation, or another pair of eyes: everything is read anew. */
  async workIn(organisation: string): Promise<void> {
    await put<Session>('/session/organisation', { organisation })
    this.startAnew()
  }

  async viewAs(role: GivenRole): Promise<void> {
    await put<Session>('/session/view', { role })
    this.startAnew()
  }

  async viewAsSelf(): Promise<void> {
    await request<Session>('DELETE', '/session/view')
    this.startAnew()
  }

  /** An operator goes into an organisation that let them in, and back. */
  async visit(grant: string): Promise<void> {
    await post<Session>(`/operator/grants/${grant}/visit`)
    this.startAnew()
  }

  async endVisit(): Promise<void> {
    await request<Session>('DELETE', '/operator/visit')
    this.startAnew()
  }

  /** Its person has shown more than before. */
  async refresh(): Promise<void> {
    this.adopt(await get<Session>('/session'))
  }

  /** After a link was cut it may be that another tab works elsewhere, or that the role is another. */
  async recheck(): Promise<void> {
    const before = this.current
    const now = await get<Session>('/session')
    if (before && standing(now) !== standing(before)) this.startAnew()
  }

  /** What changes the standing cuts this page's link as well: of both that notice it, one starts anew. */
  private startAnew(): void {
    if (this.leaving) return
    this.leaving = true
    location.assign('/')
  }

  async giveCode(token: string, code: string): Promise<void> {
    this.enter(await post<Session>('/session/factor', { token, code }, { quiet: true }))
  }

  async usePasskey(used: UsePasskeyRequest): Promise<void> {
    this.enter(await post<Session>('/session/passkey', used, { quiet: true }))
  }

  async signOut(): Promise<void> {
    await del('/session')
    this.adopt(undefined)
    this.farewell = undefined
    router.go('/sign-in')
  }

  /** Signs out, and stays on the page of the invitation that is for somebody else. */
  async leaveForInvitation(): Promise<void> {
    await del('/session')
    this.adopt(undefined)
  }

  /** The account is no more: what the server said of that is all there is left to show. */
  erased(words: string): void {
    this.adopt(undefined)
    this.farewell = words
    router.go('/sign-in', 'replace')
  }

  /** Sends a visitor without a session to sign in, and back afterwards. */
  demand(): void {
    this.returnTo = location.pathname + location.search + location.hash
    router.go('/sign-in', 'replace')
  }

  private ended(): void {
    if (!this.current) return
    this.adopt(undefined)
    this.farewell = 'Your session ended. What you were looking at opens again after you sign in.'
    if (!isPublic(router.route.page)) this.demand()
  }

  private enterOrAsk(answer: Session | FactorNeeded): FactorNeeded | undefined {
    if ('factor_token' in answer) return answer
    this.enter(answer)
    return undefined
  }

  private enter(session: Session): void {
    this.adopt(session)
    this.known = true
    this.farewell = undefined
    const target = this.returnTo ?? '/'
    this.returnTo = undefined
    router.go(target, 'replace')
  }

  private adopt(session: Session | undefined): void {
    this.current = session
    setHint(session !== undefined)
    setCsrf(session?.csrf)
    setOrganisation(session?.organisation.id)
  }
}

export const session = new SessionState()
