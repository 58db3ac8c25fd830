import { flushSync, mount, tick, unmount } from 'svelte'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { notes } from '../../state/notes.svelte'
import { languages, nameOf } from './languages'
import MailLanguage from './MailLanguage.svelte'

describe('the language of mails', () => {
  let sent: { path: string; method?: string; body: unknown }[]
  let status: number
  let done: number
  let component: Record<string, unknown>
  let target: HTMLElement

  beforeEach(() => {
    sent = []
    status = 204
    done = 0
    vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
      sent.push({ path, method, body: JSON.parse(body as string) })
      return status === 204
        ? new Response(null, { status })
        : new Response(JSON.stringify({ error: { code: 'unavailable', message: 'Not now.' } }), { status })
    })
    target = document.createElement('div')
    document.body.append(target)
    component = mount(MailLanguage, { target, props: { language: 'en', done: () => (done += 1) } })
    flushSync()
  })
  afterEach(() => {
    void unmount(component)
    target.remove()
    vi.unstubAllGlobals()
  })

  const button = (name: string) => [...target.querySelectorAll('button')].find(({ textContent }) => textContent === name)!
  const settled = async () => {
    for (let i = 0; i < 10; i += 1) await tick()
    await new Promise((resolve) => setTimeout(resolve))
    flushSync()
  }

  test('is shown as it is, each by its own name', () => {
    expect([...target.querySelectorAll('button')].map((each) => [each.textContent, each.lang])).toEqual([
      ['English', 'en'],
      ['Deutsch', 'de'],
    ])
    expect(button('English').getAttribute('aria-pressed')).toBe('true')
    expect(languages.map(({ value }) => nameOf(value))).toEqual(['English', 'German'])
  })

  test('is sent when another is chosen, and only then', async () => {
    button('English').click()
    await settled()
    expect(sent).toEqual([])

    button('Deutsch').click()
    flushSync()
    expect(button('Deutsch').getAttribute('aria-pressed')).toBe('true')
    button('Deutsch').click()
    await settled()

    expect(sent).toEqual([{ path: '/api/v1/account/language', method: 'PUT', body: { language: 'de' } }])
    expect(done).toBe(1)
  })

  test('stays what it was if the server says no', async () => {
    const fault = vi.spyOn(notes, 'fault')
    status = 503

    button('Deutsch').click()
    await settled()

    expect(done).toBe(0)
    expect(fault).toHaveBeenCalledWith('Not now.')
    expect(button('English').getAttribute('aria-pressed')).toBe('true')
    fault.mockRestore()
  })
})
