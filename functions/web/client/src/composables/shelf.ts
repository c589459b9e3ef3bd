// The last lists that were left, so that the way back leads to where one was in them and not to their beginning.

/** A list as far as it was loaded. */
export interface Kept {
  items: readonly unknown[]
  cursor: string | null
}

const ROOM = 5
const shelf = new Map<string, Kept>()
let returning = false

/** Tells that the browser's own "back" or "forward" is under way; only then is a list taken from here. */
export function setReturning(now: boolean): void {
  returning = now
}

export function put(key: string, kept: Kept): void {
  // Anew at the end, so that the first is the oldest.
  shelf.delete(key)
  shelf.set(key, kept)
  for (const oldest of shelf.keys()) {
    if (shelf.size <= ROOM) break
    shelf.delete(oldest)
  }
}

export function take(key: string): Kept | undefined {
  return returning ? shelf.get(key) : undefined
}

export function clearShelf(): void {
  shelf.clear()
}
