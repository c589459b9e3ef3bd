import { onScopeDispose, ref, shallowRef, watch } from 'vue'

import { ApiError, type Page, get } from '../api'
import { put, take } from './shelf'

type Query = Record<string, string | readonly string[] | undefined>

/** An endless list: begins anew when its address or query changes, and goes on by cursor. */
export function usePages<T>(path: () => string, query: () => Query) {
  const items = shallowRef<T[]>([])
  const cursor = ref<string | null>(null)
  const busy = ref(false)
  /** Its first page is under way, and what is shown is another list. */
  const renewing = ref(false)
  const loaded = ref(false)
  const error = shallowRef<ApiError | null>(null)
  let under: AbortController | null = null
  let failed = false
  let shown: string | null = null

  const key = () => JSON.stringify([path(), query()])

  async function load(first: boolean): Promise<void> {
    if (!first && (busy.value || cursor.value === null)) return
    under?.abort()
    const own = new AbortController()
    under = own
    busy.value = true
    renewing.value = first
    error.value = null
    const now = key()
    try {
      const asked = { ...query(), ...(first || !cursor.value ? {} : { cursor: cursor.value }) }
      const page = await get<Page<T>>(path(), asked, own.signal)
      if (under !== own) return
      items.value = first ? page.items : [...items.value, ...page.items]
      cursor.value = page.next_cursor
      loaded.value = true
      shown = now
    } catch (cause) {
      if (own.signal.aborted) return
      if (!(cause instanceof ApiError)) throw cause
      error.value = cause
      failed = first
      if (first) {
        // What is there belongs to another heading, and its cursor to another list.
        items.value = []
        cursor.value = null
        shown = null
      }
    } finally {
      if (under === own) {
        busy.value = false
        renewing.value = false
      }
    }
  }

  function begin(now: string): void {
    const kept = take(now)
    if (!kept) return void load(true)
    if (shown) put(shown, { items: items.value, cursor: cursor.value })
    // Before the first render, so that the page is as long as it was and the saved position fits.
    under?.abort()
    under = null
    items.value = kept.items as T[]
    cursor.value = kept.cursor
    busy.value = renewing.value = false
    error.value = null
    loaded.value = true
    shown = now
  }

  watch(key, begin, { immediate: true })
  onScopeDispose(() => {
    under?.abort()
    if (shown) put(shown, { items: items.value, cursor: cursor.value })
  })
  return { items, cursor, busy, renewing, loaded, error, more: () => load(false), again: () => load(failed) }
}
