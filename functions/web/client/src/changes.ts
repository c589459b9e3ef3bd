/** Those members of `after` that are not as they were: what a PATCH has to say, and nothing else. */
export function changed<T extends object>(before: T, after: T): Partial<T> {
  const names = Object.keys(after) as (keyof T)[]
  return Object.fromEntries(
    names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map((name) => [name, after[name]]),
  ) as Partial<T>
}
