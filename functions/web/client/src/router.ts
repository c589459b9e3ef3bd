import { nextTick, shallowRef } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import { ApiError, onSessionEnd } from './api'
import { setReturning } from './composables/shelf'
import { restoreSession, setMe } from './session'
import { pageName } from './tab'

declare module 'vue-router' {
  interface RouteMeta {
    /** The message that names the page. */
    name: string
    open?: boolean
  }
}

const history = createWebHistory()

export const router = createRouter({
  history,
  // A filter or a tab is the same page: it stays where one reads.
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  routes: [
    { path: '/', redirect: '/catalogue/game' },
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { name: 'signIn.title', open: true } },
    { path: '/register', component: () => import('./pages/Register.vue'), meta: { name: 'register.title', open: true } },
    { path: '/restore', component: () => import('./pages/Restore.vue'), meta: { name: 'restore.title', open: true } },
    {
      path: '/catalogue/:type(game|movie|series|anime)',
      component: () => import('./pages/Catalogue.vue'),
      props: true,
      meta: { name: 'catalogue.title' },
    },
    {
      path: '/titles/new',
      component: () => import('./pages/TitleEdit.vue'),
      props: (route) => ({ type: route.query.type }),
      meta: { name: 'edit.new' },
    },
    { path: '/titles/:id', component: () => import('./pages/TitlePage.vue'), props: true, meta: { name: 'title.title' } },
    {
      path: '/titles/:id/edit',
      component: () => import('./pages/TitleEdit.vue'),
      props: true,
      meta: { name: 'edit.title' },
    },
    {
      path: '/titles/:id/history',
      component: () => import('./pages/TitleHistory.vue'),
      props: true,
      meta: { name: 'history.title' },
    },
    { path: '/people/:id', component: () => import('./pages/Profile.vue'), props: true, meta: { name: 'profile.title' } },
    { path: '/settings', component: () => import('./pages/Settings.vue'), meta: { name: 'settings.title' } },
    {
      path: '/:rest(.*)*',
      component: () => import('./pages/NotFound.vue'),
      meta: { name: 'notFound.title', open: true },
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  try {
    if (await restoreSession()) return true
  } catch (error) {
    // The page itself asks again, and shows what is wrong with a way to try once more.
    if (error instanceof ApiError) return true
    throw error
  }
  return { path: '/sign-in', query: { back: to.fullPath } }
})

// Which page was started anew for its code, so that this is tried once and does not go round.
const TRIED = 'prohod.reloaded'

/** A page whose code did not come: where it was to lead, and why it does not. */
export const stuck = shallowRef<{ path: string; error: ApiError } | null>(null)

router.onError((_cause, to) => {
  const path = to.fullPath
  setReturning(false)
  // After a release the files of the one before are gone; a new start brings the new ones.
  if (navigator.onLine && sessionStorage.getItem(TRIED) !== path) {
    sessionStorage.setItem(TRIED, path)
    location.assign(path)
  } else stuck.value = { path, error: new ApiError(0, 'network', '', null) }
})

history.listen(() => setReturning(true))

router.afterEach((to, from, failure) => {
  // Pages take their lists from the shelf while they are set up, which is before the next tick.
  void nextTick(() => setReturning(false))
  if (failure) return
  stuck.value = null
  sessionStorage.removeItem(TRIED)
  // A page that knows a better name sets it after this.
  if (to.path !== from.path) pageName.value = ''
})

onSessionEnd(() => {
  setMe(null)
  const here = router.currentRoute.value
  if (!here.meta.open && here.matched.length) {
    void router.replace({ path: '/sign-in', query: { back: here.fullPath, ended: '1' } })
  }
})

/** Where to go after signing in: only ever a path of this site. */
export function back(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : '/'
}
