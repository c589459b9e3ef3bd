import { computed, shallowRef } from 'vue'

import * as api from './api'
import { clearShelf } from './composables/shelf'
import { clearDrafts, ownDrafts } from './composables/useDraft'

export type OwnUser = api.Schemas['OwnUser']

const user = shallowRef<OwnUser | null>(null)

export const me = computed(() => user.value)

/** What is known of oneself now. An answer that comes after one has left brings nobody back. */
export function setMe(next: OwnUser | null): void {
  if (!next || api.hasSession()) user.value = next
}

/** Somebody is here now; what another person left in this tab is not theirs. */
function enter(next: OwnUser): void {
  if (!ownDrafts(next.id)) clearShelf()
  user.value = next
}

export async function signIn(email: string, password: string): Promise<void> {
  api.keepTokens(await api.open<api.Schemas['TokenPair']>('POST', '/auth/token', { email, password }))
  enter(await api.get<OwnUser>('/user/@me'))
}

export async function register(form: api.Schemas['Registration']): Promise<void> {
  const answer = await api.open<api.Schemas['Registered']>('POST', '/auth/signin', form)
  api.keepTokens(answer.tokens)
  enter(answer.user)
}

/** Whether somebody is signed in, after trying the cookie once. */
export async function restoreSession(): Promise<boolean> {
  if (user.value) return true
  if (!api.mayHaveSession()) return false
  try {
    if (!api.hasSession()) await api.refresh()
    enter(await api.get<OwnUser>('/user/@me'))
    return true
  } catch (error) {
    if (error instanceof api.ApiError && error.status === 401) return false
    throw error
  }
}

export function forget(): void {
  api.dropTokens()
  clearDrafts()
  clearShelf()
  user.value = null
}

export async function signOut(): Promise<void> {
  try {
    await api.post('/auth/logout')
  } catch (error) {
    // A session that is over already is what was wanted.
    if (!(error instanceof api.ApiError && error.status === 401)) throw error
  }
  forget()
}
