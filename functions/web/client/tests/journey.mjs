// One person's way through the site: registration by the mailed code, a title, a walk, a review, and the rest.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const texts = Object.fromEntries(
  ['ru', 'en'].map((tag) => [tag, JSON.parse(readFileSync(new URL(`../src/messages/${tag}.json`, import.meta.url), 'utf8'))]),
)

async function mailed(inbox, address) {
  for (let tries = 0; tries < 50; tries += 1) {
    const mails = await (await fetch(inbox, { headers: { Accept: 'application/json' } })).json()
    const mail = mails.find((one) => JSON.stringify(one).includes(address))
    const code = mail?.text.match(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/)
    if (code) return code[0]
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`no code was mailed to ${address}`)
}

export async function journey({ page, look, inbox, language, cover, problems }) {
  const t = texts[language]
  const button = (name, exact = true) => page.getByRole('button', { name, exact })
  const field = (name) => page.getByLabel(name, { exact: true })
  const me = `walker${Date.now().toString(36)}`
  const email = `${me}@example.org`
  const password = 'a lilac tractor to Omsk'

  // Without a session every page leads to sign-in, and back.
  await page.goto('/catalogue/movie?sort=id.desc')
  await page.getByRole('heading', { name: t.signIn.title }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), language)
  await look('sign-in')
  await page.goto('/restore')
  await page.getByRole('heading', { name: t.restore.title }).waitFor()
  await look('restore')

  await page.goto('/register')
  await field(t.fields.email).fill(email)
  await button(t.register.sendCode).dblclick()
  await field(t.fields.code).fill(await mailed(inbox, email))
  await field(t.fields.username).fill(me)
  await field(t.fields.newPassword).fill(password)
  await look('register')
  await button(t.register.do).click()
  await page.waitForURL('**/catalogue/game')
  await page.getByRole('listitem').first().waitFor()
  await look('catalogue')

  await page.getByRole('searchbox').fill('zzqqxx')
  await page.getByText('zzqqxx').waitFor()
  await look('catalogue-empty')

  await page.goto('/titles/new')
  const name = `The Dunes of ${me}`
  await field(t.edit.name).fill(name)
  await field(t.edit.year).fill('2026')
  await field(t.edit.description).fill('A walk by night.\n\nQuiet, long, and worth it.')
  await page.locator('input[type=file]').setInputFiles(cover)
  await look('title-new')
  // A reload in the middle loses nothing that was typed.
  await page.reload()
  assert.equal(await field(t.edit.name).inputValue(), name)
  await page.locator('input[type=file]').setInputFiles(cover)
  await button(t.edit.add).dblclick()
  await page.getByRole('heading', { name, level: 1 }).waitFor()

  await page.getByRole('radio', { name: t.states.completed, exact: true }).click()
  await button(t.walk.remove).waitFor()
  await button(t.review.write).click()
  await field(t.review.mark).fill('87')
  await field(t.review.text).fill('Quiet and long.')
  await look('review-writing')
  // A failed request loses nothing that was typed, and says what to do.
  const heard = problems.length
  await page.route('**/api/v1/reviews', (route) => route.abort(), { times: 1 })
  await button(t.app.save).click()
  await page.getByText(t.errors.network).waitFor()
  problems.splice(heard, problems.length, ...problems.slice(heard).filter((problem) => !problem.includes('ERR_FAILED')))
  assert.equal(await field(t.review.text).inputValue(), 'Quiet and long.')
  await button(t.app.save).dblclick()
  await button(t.review.edit).waitFor()
  await page.getByText(language === 'ru' ? '87,0' : '87.0', { exact: true }).waitFor()
  await look('title')
  await page.getByRole('tab', { name: t.title.walks }).click()
  await page.getByRole('link', { name: me }).last().waitFor()
  await look('title-walks')
  await page.getByRole('link', { name: t.edit.title }).click()
  await button(t.edit.remove).click()
  await page.getByRole('alertdialog').waitFor()
  await look('dialog')
  await button(t.app.cancel).click()

  await page.getByRole('link', { name: t.app.profile }).click()
  await page.getByRole('heading', { name: me, level: 1 }).waitFor()
  await page.getByText(name, { exact: true }).last().waitFor()
  await look('profile')
  await page.getByRole('tab', { name: t.profile.reviews }).click()
  await page.getByText('Quiet and long.').waitFor()
  await look('profile-reviews')

  await page.getByRole('link', { name: t.settings.title }).click()
  await page.getByText(t.settings.thisSession).waitFor()
  await field(t.settings.about).fill('Tea and long games.')
  await button(t.settings.addLink).click()
  await field(t.settings.linkLabel).fill('Blog')
  await field(t.settings.linkUrl).fill('https://example.org/blog')
  await button(t.app.save).first().click()
  await page.getByText(t.app.saved).waitFor()
  await look('settings')
  await page.goto('/nowhere')
  await page.getByRole('heading', { name: t.notFound.title }).waitFor()
  await look('not-found')

  await page.goto('/settings')
  await button(t.app.signOut).click()
  await page.getByRole('heading', { name: t.signIn.title }).waitFor()
  await page.goto('/settings')
  await field(t.fields.email).fill(email)
  await field(t.fields.password).fill(password)
  await button(t.signIn.do).click()
  await page.waitForURL('**/settings')

  await button(t.settings.delete).click()
  await page.getByRole('alertdialog').getByLabel(t.fields.password).fill(password)
  await page.getByRole('alertdialog').getByRole('button', { name: t.settings.delete }).click()
  await page.getByRole('heading', { name: t.signIn.title }).waitFor()
}
