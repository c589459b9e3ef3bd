import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, createApp, h, nextTick } from 'vue'
import { type Router, RouterView, createMemoryHistory, createRouter } from 'vue-router'

import { i18n, useLanguage } from '../src/i18n'
import Catalogue from '../src/pages/Catalogue.vue'
import Register from '../src/pages/Register.vue'
import Restore from '../src/pages/Restore.vue'

const calls: { path: string; body?: unknown }[] = []

vi.mock(import('../src/api'), async (original) => ({
  ...(await original()),
  get: (async (path: string, query: unknown) => {
    calls.push({ path, body: query })
    return { items: [], next_cursor: null }
  }) as never,
  open: (async (_method: string, path: string, body: unknown) => {
    calls.push({ path, body })
  }) as never,
}))

let app: App
let router: Router

async function visit(path: string): Promise<void> {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/catalogue/:type', component: Catalogue, props: true },
      { path: '/register', component: Register },
      { path: '/restore', component: Restore },
      // Its code takes a while to come.
      { path: '/:rest(.*)*', component: () => new Promise((resolve) => setTimeout(() => resolve({ render: () => h('h1') }), 400)) },
    ],
  })
  document.body.innerHTML = '<div id="app"></div>'
  app = createApp({ render: () => h(RouterView) }).use(i18n).use(router)
  await router.push(path)
  app.mount('#app')
  await vi.advanceTimersByTimeAsync(0)
}

const input = (selector: string) => document.querySelector<HTMLInputElement>(selector)!
async function type(selector: string, text: string): Promise<void> {
  input(selector).value = text
  input(selector).dispatchEvent(new Event('input'))
  await nextTick()
}
const wait = (time: number) => vi.advanceTimersByTimeAsync(time)
async function submit(): Promise<void> {
  document.querySelector('form')?.requestSubmit()
  await wait(0)
}

beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('IntersectionObserver', class { observe() {} disconnect() {} })
  sessionStorage.clear()
  calls.length = 0
  await useLanguage('en')
})
afterEach(() => {
  app.unmount()
  vi.useRealTimers()
})

describe('the search box', () => {
  const BOX = 'input[type=search]'

  it('is followed by the address, and follows it', async () => {
    await visit('/catalogue/game')
    await type(BOX, 'ico')
    await wait(300)
    expect(router.currentRoute.value.fullPath).toBe('/catalogue/game?search=ico')
    await router.push('/catalogue/game')
    await wait(0)
    expect(input(BOX).value).toBe('')
    await type(BOX, 'tetris')
    await router.push('/catalogue/movie')
    await wait(300)
    expect([input(BOX).value, router.currentRoute.value.fullPath]).toEqual(['', '/catalogue/movie'])
  })

  it('keeps what is typed while an earlier search arrives', async () => {
    await visit('/catalogue/game')
    await type(BOX, 'i')
    vi.advanceTimersByTime(250)
    await type(BOX, '')
    await wait(0)
    expect(input(BOX).value).toBe('')
    await wait(300)
    expect(router.currentRoute.value.fullPath).toBe('/catalogue/game')
  })

  it('does not call back who has left', async () => {
    await visit('/catalogue/game')
    await type(BOX, 'ico')
    void router.push('/titles/1')
    await wait(500)
    expect(router.currentRoute.value.fullPath).toBe('/titles/1')
  })
})

describe('registration', () => {
  it('is where it was after a reload, with no secret kept', async () => {
    await visit('/register?back=/people/1')
    await type('input[type=email]', 'anna@example.org')
    await submit()
    expect(document.activeElement).toBe(input('[autocomplete=one-time-code]'))
    await type('[autocomplete=one-time-code]', 'AAAA-1111')
    await type('[autocomplete=nickname]', 'anna')
    await type('[autocomplete=new-password]', 'a lilac tractor')
    expect(JSON.stringify({ ...sessionStorage })).not.toMatch(/lilac|1111/)
    app.unmount()
    await visit('/register?back=/people/1')
    expect([input('input[type=email]').value, input('[autocomplete=nickname]').value]).toEqual(['anna@example.org', 'anna'])
    expect(document.querySelector('a')?.getAttribute('href')).toBe('/sign-in?back=/people/1')
  })

  it('sends the code again, or to another address', async () => {
    await visit('/register')
    await type('input[type=email]', 'anna@example.org')
    await submit()
    const button = (text: string) => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === text)
    button('Send the code again')?.click()
    await wait(0)
    expect(calls.map(({ path }) => path)).toEqual(['/auth/email/validate', '/auth/email/validate'])
    button('Use another address')?.click()
    await wait(0)
    expect(document.activeElement).toBe(input('input[type=email]'))
    expect(input('input[type=email]').readOnly).toBe(false)
  })
})

it('a password is restored in three steps, told in one line that is always there', async () => {
  await visit('/restore')
  const line = document.querySelector('[role=status]')
  expect(line?.textContent).toBe('')
  await type('input[type=email]', 'anna@example.org')
  await submit()
  expect(line?.textContent).toContain('anna@example.org')
  await type('[autocomplete=one-time-code]', 'AAAA-1111')
  await submit()
  await type('[autocomplete=new-password]', 'a lilac tractor')
  await submit()
  expect(line?.isConnected).toBe(true)
  expect(line?.textContent).toContain('Your password is changed')
  expect(document.activeElement).toBe(document.querySelector('h1'))
  expect(calls.map(({ path }) => path)).toEqual([
    '/auth/password/restore', '/auth/password/restore/verify', '/auth/password/restore',
  ])
})
