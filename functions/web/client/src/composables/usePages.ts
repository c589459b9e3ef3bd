import { onScopeDispose, ref, shallowRef, watch } from 'vue'

import { ApiError, type Page, get } from '../api'

type Query = Record<string, string | readonly string[] | undefined>

/** An endless list: begins anew when its address or query changes, and goes on by cursor. */
export function usePages<T>(path: () => string, query: () => Query) {
  const items = shallowRef<T[]>([])
  const cursor = ref<string | null>(null)
  const busy = ref(false)
  const loaded = ref(false)
  const error = shallowRef<ApiError | null>(null)
  let under: AbortController | null = null

  async function load(first: boolean): Promise<void> {
    if (!first && (busy.value || cursor.value === null)) return
    under?.abort()
    const own = new AbortController()
    under = own
    busy.value = true
    error.value = null
    try {
      const asked = { ...query(), ...(first || !cursor.value ? {} : { cursor: cursor.value }) }
      const page = await get<Page<T>>(path(), asked, own.signal)
      if (under !== own) return
      items.value = first ? page.items : [...items.value, ...page.items]
      cursor.value = page.next_cursor
      loaded.value = true
    } catch (cause) {
      if (own.signal.aborted) return
      if (!(cause instanceof ApiError)) throw cause
      error.value = cause
    } finally {
      if (under === own) busy.value = false
    }
  }

  watch(() => JSON.stringify([path(), query()]), () => void load(true), { immediate: true })
  onScopeDispose(() => under?.abort())
  return { items, cursor, busy, loaded, error, more: () => load(false), again: () => load(items.value.length === 0) , reload: () => load(true) }
}
