/** One way to the server: same origin, cookie session, CSRF header on every change, one error type. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  get isSignedOut(): boolean {
    return this.status === 401
  }
  get isMissing(): boolean {
    return this.status === 404
  }
  /** Its person must show again who they are; nothing was done. */
  get needsProof(): boolean {
    return this.status === 403 && this.code === 'step_up_required'
  }
  /** All that a sign-in asks for was right, and whoever runs this server keeps everybody out of the account. */
  get isSuspended(): boolean {
    return this.status === 403 && this.code === 'account_suspended'
  }
  get isForbidden(): boolean {
    return this.status === 403
  }
}

const TIMEOUT_SECONDS = 10

let csrf: string | undefined
let organisation: string | undefined
let onSignedOut: () => void = () => {}
let onStepUp: () => Promise<boolean> = async () => false

/** The token comes with the session and lives in memory only. */
export function setCsrf(token: string | undefined): void {
  csrf = token
}

/**
 * The organisation that this page shows. A request that names another than the session works in is refused, so that a
 * tab that was left open does nothing where its person does not look.
 */
export function setOrganisation(id: string | undefined): void {
  organisation = id
}

/** Called when a request other than the session's own finds that nobody is signed in. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback
}

/**
 * Called when a request needs a fresh proof of who is there. Resolves to whether one was given; then the request is
 * sent again, once, by itself.
 */
export function whenStepUp(callback: () => Promise<boolean>): void {
  onStepUp = callback
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}.`
  try {
    const { error } = (await response.json()) as { error?: { code?: string; message?: string; field?: string } }
    return new ApiError(response.status, error?.code ?? 'unknown', error?.message ?? fallback, error?.field)
  } catch {
    return new ApiError(response.status, 'unknown', fallback)
  }
}

export interface RequestOptions {
  signal?: AbortSignal
  /** Ask for the session without being sent to the sign-in page when there is none. */
  quiet?: boolean
  /** How long to wait, where the server has to ask somebody else first. */
  seconds?: number
}

/**
 * Sends one request below /api/v1. Rejects with ApiError; status 0 means that no answer came
 * (code "no_answer"), in which case it is not known whether a change was made.
 */
export async function request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
  try {
    return await send<T>(method, path, body, options)
  } catch (cause) {
    if (!(cause instanceof ApiError) || !cause.needsProof || !(await onStepUp())) throw cause
    return send<T>(method, path, body, options)
  }
}

async function send<T>(method: string, path: string, body: unknown, options: RequestOptions): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrf) headers['X-Fastness-CSRF'] = csrf
  if (organisation && !path.startsWith('/session')) headers['X-Organization'] = organisation
  const seconds = options.seconds ?? TIMEOUT_SECONDS
  const deadline = AbortSignal.timeout(seconds * 1000)
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    const why = deadline.aborted ? `The server did not answer in ${seconds} s.` : 'The server can’t be reached.'
    throw new ApiError(0, 'no_answer', method === 'GET' ? why : `${why} It is not known whether your change was saved.`)
  }
  if (!response.ok) {
    const error = await errorOf(response)
    if (error.isSignedOut && !options.quiet) onSignedOut()
    throw error
  }
  if (response.status === 204 || response.headers.get('Content-Length') === '0') return undefined as T
  return (await response.json()) as T
}

export const get = <T>(path: string, options?: RequestOptions) => request<T>('GET', path, undefined, options)
export const post = <T>(path: string, body?: unknown, options?: RequestOptions) => request<T>('POST', path, body ?? {}, options)
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body)
export const patch = <T>(path: string, body: unknown) => request<T>('PATCH', path, body)
export const del = (path: string) => request<void>('DELETE', path)

/** The sentence to show for whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
