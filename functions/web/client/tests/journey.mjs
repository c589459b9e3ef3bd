// One person's way through the site: registration by the mailed code, a title, a walk, a review, and the rest.
import assert from 'node:assert/strict'

import { password, reader, register, signIn } from './steps.mjs'

export async function journey(at) {
  const { page, look, language, cover, problems } = at
  const { t, button, field, heading } = reader(page, language)
  const me = `walker${Date.now().toString(36)}`

  // Without a session every page leads to sign-in, and back.
  await page.goto('/catalogue/movie?sort=id.desc')
  await heading(t.signIn.title).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), language)
  await look('sign-in')
  await page.goto('/restore')
  await heading(t.restore.title).waitFor()
  await look('restore')

  const email = await register(at, me)
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
  await heading(name, 1).waitFor()

  // Two choices in a row: the second holds, and neither is refused.
  const radio = (state) => page.getByRole('radio', { name: state, exact: true })
  const second = page.waitForResponse((answer) => answer.request().method() === 'PATCH')
  await radio(t.states.in_progress).click()
  await radio(t.completed.played).click()
  assert.equal((await second).status(), 200)
  await page.reload()
  await button(t.walk.remove).waitFor()
  assert.equal(await radio(t.completed.played).isChecked(), true)
  await button(t.review.write).click()
  await field(t.review.mark).fill('87')
  assert.equal(await page.getByRole('slider').inputValue(), '87')
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
  await page.getByRole('tab', { name: t.title.walks.played }).click()
  await page.getByRole('link', { name: me }).last().waitFor()
  await look('title-walks')
  await page.getByRole('link', { name: t.edit.title }).click()
  await button(t.edit.remove).click()
  await page.getByRole('alertdialog').waitFor()
  await look('dialog')
  await button(t.app.cancel).click()
  await field(t.edit.description).fill('A walk by night and by day.')
  await button(t.app.save).click()
  await heading(name, 1).waitFor()
  await page.getByRole('link', { name: t.history.title }).click()
  await page.getByText('A walk by night and by day.').waitFor()
  await look('title-history')

  await page.getByRole('link', { name: t.app.profile }).click()
  await heading(me, 1).waitFor()
  await page.getByText(name, { exact: true }).last().waitFor()
  await look('profile')
  await page.getByRole('tab', { name: t.profile.reviews }).click()
  await page.getByText('Quiet and long.').waitFor()
  await look('profile-reviews')
  await page.reload()
  await page.getByText('Quiet and long.').waitFor()

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
  await heading(t.notFound.title).waitFor()
  await look('not-found')

  await page.goto('/settings')
  await button(t.app.signOut).click()
  await heading(t.signIn.title).waitFor()
  await page.goto('/settings')
  await signIn(at, email)
  await page.waitForURL('**/settings')

  await button(t.settings.delete).click()
  await page.getByRole('alertdialog').getByLabel(t.fields.password).fill(password)
  await page.getByRole('alertdialog').getByRole('button', { name: t.settings.delete }).click()
  await heading(t.signIn.title).waitFor()
}
