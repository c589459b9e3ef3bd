import { nextTick } from 'vue'

/** Puts the focus where one goes on. What was pressed is gone by then, and the keyboard would start from the top. */
export async function focusOn(next: () => { focus(): void } | null | undefined): Promise<void> {
  await nextTick()
  next()?.focus()
}

/** On what a list got at this place: its link, or itself. */
export function focusItem(list: HTMLElement | null, place: number): Promise<void> {
  return focusOn(() => {
    const item = list?.querySelectorAll('li')[place]
    const inside = item?.querySelector<HTMLElement>('a, button')
    if (item && !inside) item.tabIndex = -1
    return inside ?? item
  })
}
