// The offline shell: the page and its hashed files. Nothing under /api is ever kept, nor pictures, which have an
// origin of their own.
const CACHE = 'shell'

async function keepShell(response) {
  const cache = await caches.open(CACHE)
  const html = await response.clone().text()
  const names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1])
  const missing = []
  for (const name of names) if (!(await cache.match(name))) missing.push(name)
  await cache.addAll(missing)
  const kept = await cache.match('/')
  // A new release: what the old page loaded is not needed any more.
  if (kept && (await kept.text()) !== html) {
    for (const request of await cache.keys()) {
      const { pathname } = new URL(request.url)
      if (pathname !== '/' && !names.includes(pathname)) await cache.delete(request)
    }
  }
  await cache.put('/', response)
}

async function page(event) {
  try {
    const response = await fetch(event.request)
    if (response.ok) event.waitUntil(keepShell(response.clone()))
    return response
  } catch (error) {
    const kept = await caches.match('/')
    if (kept) return kept
    throw error
  }
}

async function asset(request) {
  const kept = await caches.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone())
  return response
}

self.addEventListener('install', (event) => {
  self.skipWaiting()
  event.waitUntil(fetch('/', { cache: 'no-cache' }).then(keepShell))
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (url.origin !== location.origin || event.request.method !== 'GET' || url.pathname.startsWith('/api')) return
  if (event.request.mode === 'navigate') event.respondWith(page(event))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(event.request))
})
