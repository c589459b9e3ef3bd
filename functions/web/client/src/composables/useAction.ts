import { ref, shallowRef } from 'vue'

import { ApiError } from '../api'

/** Something that a button does: once at a time, with its wait and its failure to show. */
export function useAction<A extends unknown[]>(action: (...args: A) => Promise<void>) {
  const busy = ref(false)
  const error = shallowRef<ApiError | null>(null)
  async function run(...args: A): Promise<void> {
    if (busy.value) return
    busy.value = true
    error.value = null
    try {
      await action(...args)
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause
      error.value = cause
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}
