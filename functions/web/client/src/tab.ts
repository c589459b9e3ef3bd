import { shallowRef, watch } from 'vue'

/** What the tab says of the page where the page knows better than its route. */
export const pageName = shallowRef('')

/** Names the tab after a title or a person. An answer that comes after one has left renames nothing. */
export function usePageName(name: () => string | undefined): void {
  watch(name, (now) => {
    if (now) pageName.value = now
  })
}
