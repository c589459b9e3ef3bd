import { type Ref, watch } from 'vue'

const PREFIX = 'prohod.draft.'
const OWNER = 'prohod.drafts-of'

/** Keeps what is typed until it is sent, also over a session that ended meanwhile. */
export function useDraft<T>(key: string, value: Ref<T>): () => void {
  const name = PREFIX + key
  const kept = sessionStorage.getItem(name)
  if (kept !== null) value.value = JSON.parse(kept) as T
  watch(value, (next) => sessionStorage.setItem(name, JSON.stringify(next)), { deep: true, flush: 'sync' })
  return () => sessionStorage.removeItem(name)
}

function clear(): void {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name)
}

export function clearDrafts(): void {
  clear()
  sessionStorage.removeItem(OWNER)
}

/** Whose the drafts are from now on; those of another person go. Whether they were this person's already. */
export function ownDrafts(id: string): boolean {
  if (sessionStorage.getItem(OWNER) === id) return true
  clear()
  sessionStorage.setItem(OWNER, id)
  return false
}
