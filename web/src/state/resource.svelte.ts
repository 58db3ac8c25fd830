/** Something read from the server: what it was last, whether it is being read, and why the last try failed. */
import { ApiError } from '../api/client'

export class Resource<T> {
  value = $state.raw<T | undefined>()
  error = $state.raw<ApiError | undefined>()
  loading = $state(false)
  private abort: AbortController | undefined

  constructor(private readonly fetcher: (signal: AbortSignal) => Promise<T>) {}

  /** Reads again; the last value stays until the new one is here. A newer call supersedes this one. */
  async load(): Promise<void> {
    this.abort?.abort()
    const abort = new AbortController()
    this.abort = abort
    this.loading = true
    try {
      const value = await this.fetcher(abort.signal)
      if (this.abort !== abort) return
      this.value = value
      this.error = undefined
    } catch (cause) {
      if (this.abort !== abort || abort.signal.aborted) return
      this.error = cause instanceof ApiError ? cause : new ApiError(0, 'unknown', String(cause))
    } finally {
      if (this.abort === abort) this.loading = false
    }
  }

  cancel(): void {
    this.abort?.abort()
    this.abort = undefined
    this.loading = false
  }
}
