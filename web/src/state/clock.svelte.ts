/** The one timer behind every age on the page. It stands still while nobody looks. */

class PageClock {
  now = $state(Date.now())
  private handle: ReturnType<typeof setInterval> | undefined

  start(): void {
    const run = () => {
      clearInterval(this.handle)
      this.handle = undefined
      if (document.hidden) return
      this.now = Date.now()
      this.handle = setInterval(() => (this.now = Date.now()), 1000)
    }
    document.addEventListener('visibilitychange', run)
    run()
  }
}

export const clock = new PageClock()
