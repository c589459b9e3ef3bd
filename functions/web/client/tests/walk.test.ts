import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type App, createApp, h, nextTick, shallowRef } from 'vue'

import type { Schemas } from '../src/api'
import OwnWalk from '../src/components/OwnWalk.vue'
import { i18n, useLanguage } from '../src/i18n'

const calls: string[] = []
let server: string | undefined
let app: App
const tick = () => new Promise((resolve) => setTimeout(resolve))

/** Answers one request after another, each when the test says so. */
let waiting: (() => void)[] = []
const later = () => new Promise<void>((resolve) => waiting.push(resolve))
async function answered(): Promise<void> {
  waiting.shift()?.()
  await tick()
}

vi.mock(import('../src/api'), async (original) => {
  const change = (name: string) =>
    (async (_path: string, body: { state: string }) => {
      calls.push(`${name} ${body.state}`)
      await later()
      server = body.state
    }) as never
  return { ...(await original()), post: change('post'), patch: change('patch') }
})

const title = (state: string | undefined) =>
  ({ id: '1', type: 'game', my_walk: state ? { id: 'w', state } : null }) as unknown as Schemas['TitleForMe']

beforeEach(async () => {
  calls.length = 0
  waiting = []
  server = undefined
  await useLanguage('en')
  const shown = shallowRef(title(undefined))
  const reload = async () => {
    const seen = server
    await later()
    shown.value = title(seen)
  }
  app = createApp({ render: () => h(OwnWalk, { title: shown.value, reload }) }).use(i18n)
  document.body.innerHTML = '<div id="app"></div>'
  app.mount('#app')
})
afterEach(() => app.unmount())

const radios = () => [...document.querySelectorAll<HTMLElement>('[role=radio]')]
const choose = async (name: string) => {
  radios().find((radio) => radio.textContent === name)?.click()
  await nextTick()
}
const chosen = () => radios().filter((radio) => radio.ariaChecked === 'true' || radio.dataset.state === 'checked').map((radio) => radio.textContent)

it('a state that is chosen while another is being sent follows it', async () => {
  await choose('Planned')
  await choose('Completed')
  await answered()
  expect(calls).toEqual(['post planned', 'patch completed'])
  await answered()
  await answered()
  expect(chosen()).toEqual(['Completed'])
})

it('a state that is chosen before the page has read the last one is neither lost nor a second first one', async () => {
  await choose('Planned')
  await answered()
  // The page reads "planned" now.
  await choose('Completed')
  expect(calls).toEqual(['post planned'])
  await answered()
  expect(calls).toEqual(['post planned', 'patch completed'])
  expect(chosen()).toEqual(['Completed'])
  await answered()
  await answered()
  expect(chosen()).toEqual(['Completed'])
  expect(waiting).toEqual([])
})
