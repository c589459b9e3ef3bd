import { expect, it } from 'vitest'
import { nextTick, ref } from 'vue'

import { ApiError } from '../src/api'
import { useAction } from '../src/composables/useAction'
import { clearDrafts, ownDrafts, useDraft } from '../src/composables/useDraft'

it('a button that is pressed twice acts once', async () => {
  let acts = 0
  const { run, busy } = useAction(async () => {
    acts += 1
    await nextTick()
  })
  await Promise.all([run(), run()])
  expect(acts).toBe(1)
  expect(busy.value).toBe(false)
})

it('a failure is shown and can be tried again', async () => {
  let fails = true
  const { run, error } = useAction(async () => {
    if (fails) throw new ApiError(503, 'unavailable', '', 'r')
  })
  await run()
  expect(error.value?.requestId).toBe('r')
  fails = false
  await run()
  expect(error.value).toBeNull()
})

it('what was typed is there again until it is sent', () => {
  const first = ref({ text: '' })
  useDraft('x', first)
  first.value.text = 'long'
  const second = ref({ text: '' })
  const sent = useDraft('x', second)
  expect(second.value.text).toBe('long')
  sent()
  const third = ref({ text: '' })
  useDraft('x', third)
  expect(third.value.text).toBe('')
  third.value.text = 'secret'
  clearDrafts()
  expect(sessionStorage).toHaveLength(0)
})

it('what one person typed is not there for another', () => {
  ownDrafts('anna')
  const first = ref('')
  useDraft('x', first)
  first.value = 'long'
  expect(ownDrafts('anna')).toBe(true)
  const again = ref('')
  useDraft('x', again)
  expect(again.value).toBe('long')
  expect(ownDrafts('boris')).toBe(false)
  const other = ref('')
  useDraft('x', other)
  expect(other.value).toBe('')
})
