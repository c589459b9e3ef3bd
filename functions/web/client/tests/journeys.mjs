// Journeys in a real browser against a served system: node tests/journeys.mjs http://127.0.0.1:9000
// A second argument chooses those runs whose names hold it. The inbox is on the next port, or what PROHOD_INBOX says; CHROMIUM names the browser.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'

import { account } from './account.mjs'
import { journey } from './journey.mjs'

const base = new URL(process.argv[2] ?? 'http://127.0.0.1:9000')
const inbox = process.env.PROHOD_INBOX ?? `http://${base.hostname}:${Number(base.port) + 1}/dev/inbox`
const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')
const pictures = join(root, '.local/pictures')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(pictures, { recursive: true })
// Those of the run before would stand beside the new ones.
for (const name of readdirSync(pictures)) if (name.endsWith('.png')) rmSync(join(pictures, name))

const DESK = { viewport: { width: 1280, height: 900 } }
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true }
const RUNS = [
  { name: 'desk-en-light', locale: 'en-GB', colorScheme: 'light', ...DESK, story: journey },
  { name: 'desk-ru-dark', locale: 'ru-RU', colorScheme: 'dark', ...DESK, story: journey },
  { name: 'phone-ru-light', locale: 'ru-RU', colorScheme: 'light', ...PHONE, story: journey },
  { name: 'phone-en-dark', locale: 'en-GB', colorScheme: 'dark', ...PHONE, story: journey },
  { name: 'account-desk-ru-light', locale: 'ru-RU', colorScheme: 'light', ...DESK, story: account },
  { name: 'account-phone-en-dark', locale: 'en-GB', colorScheme: 'dark', ...PHONE, story: account },
]

/** What the browser complains about, and what axe finds. */
async function watched(browser, { name, story: _, ...options }) {
  const problems = []
  // Axe is put in by the debugger's protocol, which no policy of the page stops; the policy stays in force.
  async function opened() {
    const context = await browser.newContext({ baseURL: base.origin, serviceWorkers: 'allow', ...options })
    await context.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    )
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`${name} ${page.url()}: ${message.text()}`)
    })
    page.on('pageerror', (error) => problems.push(`${name} ${page.url()}: ${error.message}`))
    return page
  }
  const page = await opened()
  let count = 0
  async function look(what) {
    await page.waitForLoadState('networkidle')
    // What happens to be scrolled under the header is not too small to press.
    await page.evaluate(() => scrollTo(0, 0))
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() =>
      window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    )
    for (const { id, nodes } of violations) problems.push(`${name} ${what}: axe ${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (overflow > 0) problems.push(`${name} ${what}: ${overflow} px wider than the window`)
    count += 1
    await page.screenshot({ path: join(pictures, `${name}-${String(count).padStart(2, '0')}-${what}.png`), fullPage: true })
  }
  return { page, another: opened, problems, look, looked: () => count }
}

/** The JavaScript of the first page that anybody sees, as it came over the network, in bytes. */
async function firstPage(browser) {
  const page = await browser.newPage({ baseURL: base.origin })
  await page.goto('/')
  await page.waitForLoadState('networkidle')
  const sizes = await page.evaluate(() =>
    performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).map((file) => file.encodedBodySize),
  )
  await page.close()
  return sizes.reduce((sum, size) => sum + size, 0)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
let failed = 0
const bytes = await firstPage(browser)
console.log(`first page: ${(bytes / 1024).toFixed(1)} KiB of JavaScript`)
if (!(bytes > 0 && bytes < 150 * 1024)) {
  console.error('first page: not between 0 and 150 KiB of JavaScript')
  failed += 1
}
for (const run of RUNS.filter(({ name }) => name.includes(process.argv[3] ?? ''))) {
  const watch = await watched(browser, run)
  try {
    await run.story({ ...watch, inbox, language: run.locale.slice(0, 2), cover: join(root, 'infra/local/demo/cover.png') })
  } catch (error) {
    watch.problems.push(`${run.name} ${watch.page.url()}: ${error.message}`)
    await watch.page.screenshot({ path: join(pictures, `${run.name}-failed.png`) })
  }
  await watch.page.context().close()
  for (const problem of watch.problems) console.error(problem)
  failed += watch.problems.length
  console.log(`${run.name}: ${watch.looked()} pages looked at, ${watch.problems.length} problems`)
}
await browser.close()
process.exitCode = failed ? 1 : 0
