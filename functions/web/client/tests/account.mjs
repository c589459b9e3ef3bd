// What happens to an account over time: another device, ended sessions, new password and address, a lost connection.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'

import { mailed, password, reader, register, signIn } from './steps.mjs'

/** Runs while requests fail as expected: what the browser says of them is no problem. */
async function failing(problems, expected, run) {
  const heard = problems.length
  await run()
  const others = problems.slice(heard).filter((problem) => !expected.test(problem))
  problems.splice(heard, problems.length, ...others)
}

export async function account(at) {
  const { page, look, inbox, language, cover, problems, another } = at
  const { t, button, field, heading } = reader(page, language)
  const me = `keeper${Date.now().toString(36)}`
  const email = await register(at, me)
  await page.getByRole('listitem').first().waitFor()

  // Endless: what is under the end comes by itself, and may have come already.
  await page.locator('main li').last().scrollIntoViewIfNeeded()
  await page.waitForFunction((onePage) => document.querySelectorAll('main li').length > onePage, 30)

  // Back from a title one is where one was, with what was loaded by then.
  await page.locator('main li').nth(30).getByRole('link').click()
  await page.waitForURL('**/titles/*')
  await page.goBack()
  await page.waitForURL('**/catalogue/game')
  await heading(t.types.game, 1).waitFor()
  assert.ok((await page.locator('main li').count()) > 30, 'the list begins anew')
  await page.waitForFunction(() => scrollY > 300)

  // An address keeps what was chosen.
  await page.getByRole('combobox').selectOption('release_year.desc')
  await page.waitForURL('**sort=release_year.desc')
  await page.reload()
  assert.equal(await page.getByRole('combobox').inputValue(), 'release_year.desc')

  await page.goto('/settings')
  await page.locator('input[type=file]').setInputFiles(cover)
  await page.locator('form', { hasText: t.settings.newPicture }).getByRole('button', { name: t.app.save }).click()
  await button(t.settings.removePicture).waitFor()
  const exported = page.waitForEvent('download')
  await button(t.settings.export).click()
  const everything = JSON.parse(await readFile(await (await exported).path(), 'utf8'))
  assert.equal(everything.user.email, email)

  // The access token runs out: one refresh for everything under way, and nobody notices.
  await failing(problems, /status of 401/, () => expired(page, me, heading))

  // Another device: signed in there, ended here, and there it leads to sign-in and back.
  const other = await another()
  const there = reader(other, language)
  await other.goto('/catalogue/movie?sort=id.desc')
  await signIn({ page: other, language }, email)
  await other.waitForURL('**/catalogue/movie?sort=id.desc')
  await other.getByRole('listitem').first().waitFor()
  await page.goto('/settings')
  await button(t.settings.endOthers).click()
  await button(t.settings.endOthers).waitFor({ state: 'detached' })
  // What an ended session's token still opens is over in 5 seconds.
  await other.waitForTimeout(5_500)
  await failing(problems, /status of 401/, async () => {
    await other.getByRole('searchbox').fill('a')
    await there.heading(t.signIn.title).waitFor()
  })
  await other.getByText(t.signIn.ended).waitFor()
  await signIn({ page: other, language }, email)
  await other.waitForURL('**/catalogue/movie?**')
  await other.context().close()

  // A wrong password keeps what was typed and says so; the right one changes it.
  const changed = 'seven quiet herons at noon'
  await field(t.settings.currentPassword).fill('not my password at all')
  await field(t.fields.newPassword).fill(changed)
  await failing(problems, /status of 422/, async () => {
    await button(t.settings.changePassword).click()
    await page.getByRole('alert').first().waitFor()
  })
  assert.equal(await field(t.fields.newPassword).inputValue(), changed)
  await look('settings-refused')
  await field(t.settings.currentPassword).fill(password)
  await button(t.settings.changePassword).dblclick()
  await page.getByText(t.settings.passwordChanged).waitFor()

  const next = `${me}.new@example.org`
  await field(t.settings.newEmail).fill(next)
  await button(t.register.sendCode).click()
  const spent = await mailed(inbox, next)
  await field(t.fields.code).fill(spent)
  await page.locator('form', { hasText: t.settings.newEmail }).getByLabel(t.fields.password, { exact: true }).fill(changed)
  await button(t.settings.changeEmail).click()
  await button(t.settings.changeEmail).waitFor({ state: 'detached' })
  await page.getByText(next).waitFor()

  // Forgotten: restored by a code, which ends every session.
  await button(t.app.signOut).click()
  await heading(t.signIn.title).waitFor()
  await page.getByRole('link', { name: t.signIn.forgot }).click()
  await heading(t.restore.title).waitFor()
  await field(t.fields.email).fill(next)
  await button(t.restore.email).click()
  await field(t.fields.code).fill(await mailed(inbox, next, [spent]))
  await button(t.restore.code).click()
  await field(t.fields.newPassword).fill('nine loud herons at dusk')
  await look('restore-password')
  await button(t.restore.password).click()
  await page.getByText(t.restore.done).waitFor()
  await page.getByRole('link', { name: t.signIn.do }).click()
  await heading(t.signIn.title).waitFor()
  await signIn(at, next, 'nine loud herons at dusk')
  await page.getByRole('listitem').first().waitFor()

  // Without a connection the shell opens and says what is wrong; with one again it goes on.
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await page.getByRole('listitem').first().waitFor()
  await failing(problems, /ERR_INTERNET_DISCONNECTED|ERR_FAILED/, async () => {
    await page.context().setOffline(true)
    await page.reload()
    await page.getByText(t.errors.networkList).first().waitFor()
    await look('offline')
    // A page that was not open before is there too.
    await page.goto('/titles/new')
    await heading(t.edit.new).waitFor()
    await page.goto('/catalogue/game')
    await page.getByText(t.errors.networkList).first().waitFor()
    await page.context().setOffline(false)
  })
  await page.getByRole('link', { name: t.app.profile }).waitFor()
  await button(t.errors.again).first().click()
  await page.getByRole('listitem').first().waitFor()
}

/** Answers as the API does to a token that ran out, until there is a new one. */
async function expired(page, me, heading) {
  let refreshes = 0
  let old = null
  const refused = []
  page.on('request', (request) => {
    if (request.url().endsWith('/auth/token/update')) refreshes += 1
  })
  const answer = async (route) => {
    const token = await route.request().headerValue('authorization')
    old ??= token
    if (token !== old) return route.continue()
    refused.push(route.request().url())
    return route.fulfill({
      status: 401,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'about:blank', title: '', status: 401, code: 'token_expired', detail: '', request_id: '1' }),
    })
  }
  await page.route(/\/api\/v1\/(user|titles)/, answer)
  await page.locator(`a[title="${me}"]`).click()
  await heading(me, 1).waitFor()
  await page.unroute(/\/api\/v1\/(user|titles)/, answer)
  assert.ok(refused.length > 0, 'nothing was refused')
  assert.equal(refreshes, 1)
}
