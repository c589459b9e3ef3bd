// The offline shell: the page and all files of its release. Nothing under /api is ever kept, nor pictures, which have
// an origin of their own.
const CACHE = 'shell'
// The build writes them here, which also makes each release's worker another one, so that browsers install it.
const FILES = []

const named = (html) => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1])

/** Page and files are kept together, so that a page without a connection finds what it names. */
async function keepShell() {
  const cache = await caches.open(CACHE)
  const page = await fetch('/', { cache: 'no-cache' })
  if (!page.ok) throw new Error(`the page: ${page.status}`)
  const missing = []
  for (const name of new Set([...FILES, ...named(await page.clone().text())])) {
    if (!(await cache.match(name))) missing.push(name)
  }
  await cache.addAll(missing)
  await cache.put('/', page)
}

/** What an earlier release left. */
async function sweep() {
  const cache = await caches.open(CACHE)
  const page = await cache.match('/')
  const needed = new Set([...FILES, '/', ...named(page ? await page.text() : '')])
  for (const request of await cache.keys()) {
    if (!needed.has(new URL(request.url).pathname)) await cache.delete(request)
  }
}

async function page(event) {
  try {
    return await fetch(event.request)
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
  event.waitUntil(keepShell())
})
self.addEventListener('activate', (event) => event.waitUntil(sweep().then(() => self.clients.claim())))
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (url.origin !== location.origin || event.request.method !== 'GET' || url.pathname.startsWith('/api')) return
  if (event.request.mode === 'navigate') event.respondWith(page(event))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(event.request))
})
