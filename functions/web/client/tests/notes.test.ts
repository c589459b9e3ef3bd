import { describe, expect, it } from 'vitest'
import { createApp, h } from 'vue'

import { ApiError } from '../src/api'
import { changed } from '../src/changes'
import ErrorNote from '../src/components/ErrorNote.vue'
import { i18n, useLanguage } from '../src/i18n'

async function told(language: 'ru' | 'en', error: ApiError, typed = false): Promise<string> {
  await useLanguage(language)
  const place = document.createElement('div')
  createApp({ render: () => h(ErrorNote, { error, typed }) }).use(i18n).component('RouterLink', { render: () => null }).mount(place)
  return place.querySelector('p')?.textContent?.trim() ?? ''
}
const wait = (seconds: number) => new ApiError(429, 'too_many_requests', '', null, [], seconds)

describe('a note of an error', () => {
  it('tells waits in the right unit and number', async () => {
    expect(await told('ru', wait(1))).toBe('Слишком часто. Попробуйте снова через 1 секунду.')
    expect(await told('ru', wait(90))).toBe('Слишком часто. Попробуйте снова через 90 секунд.')
    expect(await told('ru', wait(91))).toBe('Слишком часто. Попробуйте снова через 2 минуты.')
    expect(await told('ru', wait(1_201))).toBe('Слишком часто. Попробуйте снова через 21 минуту.')
    expect(await told('en', wait(1))).toBe('That was too many. Try again in 1 second.')
    expect(await told('en', wait(600))).toBe('That was too many. Try again in 10 minutes.')
  })

  it('says what it is and what to do', async () => {
    const error = new ApiError(409, 'title_in_use', 'Somebody else has reviewed it.', null, [], null, null, 'It can’t be deleted')
    expect(await told('en', error)).toBe('It can’t be deleted. Somebody else has reviewed it.')
  })

  it('leaves faults to their fields', async () => {
    const fault = { pointer: '/name', code: 'required', detail: 'is required' }
    expect(await told('en', new ApiError(422, 'validation', 'name is required', null, [fault]))).toBe('Check the marked fields.')
  })

  it('comforts who has typed, and nobody else', async () => {
    const network = new ApiError(0, 'network', '', null)
    expect(await told('en', network, true)).toContain('what you typed is still here')
    expect(await told('en', network)).not.toContain('typed')
  })
})

it('a change names what differs, and nothing else', () => {
  const before = { name: 'a', links: [{ label: 'x' }] }
  expect(changed(before, { name: 'a', links: [{ label: 'x' }] })).toEqual({})
  expect(changed(before, { name: 'a', links: [{ label: 'y' }] })).toEqual({ links: [{ label: 'y' }] })
})
