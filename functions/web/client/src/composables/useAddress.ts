import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

function useQuery(name: string) {
  const route = useRoute()
  const router = useRouter()
  return {
    read: () => [route.query[name] ?? []].flat(),
    // Instead of an entry of its own: "back" leaves the page, and does not undo filters one by one.
    write: (values: readonly string[]) =>
      void router.replace({ query: { ...route.query, [name]: values.length ? [...values] : undefined } }),
  }
}

/** A choice that the address keeps: over a reload, on the way back, and in a link that is shared. */
export function useChoice<T extends string>(name: string, options: readonly T[], usual: T) {
  const query = useQuery(name)
  return computed<T>({
    get: () => options.find((option) => query.read().includes(option)) ?? usual,
    set: (value) => query.write(value === usual ? [] : [value]),
  })
}

/** Any number of choices that the address keeps, in the order of the options. */
export function useChoices<T extends string>(name: string, options: readonly T[]) {
  const query = useQuery(name)
  return computed<T[]>({
    get: () => options.filter((option) => query.read().includes(option)),
    set: (values) => query.write(options.filter((option) => values.includes(option))),
  })
}
