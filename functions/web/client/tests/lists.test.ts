import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type EffectScope, effectScope, nextTick, ref } from 'vue'

import { ApiError, type Page } from '../src/api'
import { clearShelf, put, setReturning, take } from '../src/composables/shelf'
import { usePages } from '../src/composables/usePages'

const asked: Record<string, unknown>[] = []
let answer: (query: Record<string, unknown>) => Page<string>

vi.mock(import('../src/api'), async (original) => ({
  ...(await original()),
  get: (async (_path: string, query: Record<string, unknown>) => {
    asked.push(query)
    await Promise.resolve()
    return answer(query)
  }) as never,
}))

const settled = () => new Promise((resolve) => setTimeout(resolve))
const down = () => {
  throw new ApiError(503, 'unavailable', '', null)
}
const search = ref('a')

function list() {
  const scope: EffectScope = effectScope()
  const pages = scope.run(() => usePages<string>(() => '/titles', () => ({ search: search.value })))!
  return { ...pages, scope }
}

beforeEach(() => {
  asked.length = 0
  search.value = 'a'
  clearShelf()
  setReturning(false)
  answer = ({ search, cursor }) => ({ items: [`${search}${cursor ?? ''}`], next_cursor: cursor ? null : '2' })
})

describe('an endless list', () => {
  it('goes on by cursor, and begins anew with another query', async () => {
    const { items, renewing, more } = list()
    expect(renewing.value).toBe(true)
    await settled()
    expect(renewing.value).toBe(false)
    await more()
    expect(items.value).toEqual(['a', 'a2'])
    search.value = 'b'
    await nextTick()
    expect([renewing.value, items.value]).toEqual([true, ['a', 'a2']])
    await settled()
    expect(items.value).toEqual(['b'])
  })

  it('shows nothing of the list before where the first page failed, and tries that page again', async () => {
    const { items, cursor, error, again } = list()
    await settled()
    const works = answer
    answer = down
    search.value = 'b'
    await settled()
    expect([items.value, cursor.value, error.value?.status]).toEqual([[], null, 503])
    answer = works
    await again()
    expect(items.value).toEqual(['b'])
    expect(asked.at(-1)).toEqual({ search: 'b' })
  })

  it('keeps what is there where a later page failed, and tries that page again', async () => {
    const { items, more, again } = list()
    await settled()
    const works = answer
    answer = down
    await more()
    expect(items.value).toEqual(['a'])
    answer = works
    await again()
    expect(items.value).toEqual(['a', 'a2'])
    expect(asked.at(-1)).toEqual({ search: 'a', cursor: '2' })
  })
})

describe('the way back', () => {
  it('finds a list as far as it was loaded, at once and without a request', async () => {
    const left = list()
    await settled()
    await left.more()
    left.scope.stop()
    asked.length = 0
    setReturning(true)
    const found = list()
    expect([found.items.value, found.cursor.value, found.loaded.value]).toEqual([['a', 'a2'], null, true])
    await settled()
    expect(asked).toEqual([])
  })

  it('is the only one that does', async () => {
    const left = list()
    await settled()
    left.scope.stop()
    expect(list().items.value).toEqual([])
  })

  it('has no list that failed or is somebody else’s', async () => {
    answer = down
    const failed = list()
    await settled()
    failed.scope.stop()
    put('other', { items: ['x'], cursor: null })
    setReturning(true)
    expect(list().items.value).toEqual([])
    expect(take('other')).toBeDefined()
    clearShelf()
    expect(take('other')).toBeUndefined()
  })

  it('has room for five', () => {
    setReturning(true)
    for (const key of ['1', '2', '3', '4', '5', '1', '6']) put(key, { items: [], cursor: null })
    expect(['1', '2', '3', '4', '5', '6'].filter((key) => take(key))).toEqual(['1', '3', '4', '5', '6'])
  })
})
