// What several journeys do.
import { readFileSync } from 'node:fs'

const texts = Object.fromEntries(
  ['ru', 'en'].map((tag) => [tag, JSON.parse(readFileSync(new URL(`../src/messages/${tag}.json`, import.meta.url), 'utf8'))]),
)
export const password = 'a lilac tractor to Omsk'

/** The texts of a language, and how a person finds things by them. */
export function reader(page, language) {
  return {
    t: texts[language],
    button: (name) => page.getByRole('button', { name, exact: true }),
    field: (name) => page.getByLabel(name, { exact: true }),
    heading: (name, level) => page.getByRole('heading', { name, ...(level && { level }) }),
  }
}

/** The newest code that was mailed to an address, other than those that are known. */
export async function mailed(inbox, address, known = []) {
  for (let tries = 0; tries < 50; tries += 1) {
    const mails = await (await fetch(`${inbox}/${address}`, { headers: { Accept: 'application/json' } })).json()
    const codes = mails.map((one) => one.text.match(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/)?.[0])
    const code = codes.find((one) => one && !known.includes(one))
    if (code) return code
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`no code was mailed to ${address}`)
}

/** Registers by the mailed code, from any page that leads to registration. */
export async function register({ page, inbox, language, look = async () => {} }, name) {
  const { t, button, field, heading } = reader(page, language)
  const email = `${name}@example.org`
  await page.goto('/register')
  await heading(t.register.title).waitFor()
  await field(t.fields.email).fill(email)
  await button(t.register.sendCode).dblclick()
  const code = await mailed(inbox, email)
  await field(t.fields.code).waitFor()
  // Who looks into the mail and comes back finds the same step.
  await page.reload()
  await field(t.fields.code).fill(code)
  await field(t.fields.username).fill(name)
  await field(t.fields.newPassword).fill(password)
  await look('register')
  await button(t.register.do).click()
  await page.waitForURL('**/catalogue/game')
  return email
}

/** Signs in on the page that is open. */
export async function signIn({ page, language }, email, secret = password) {
  const { t, button, field } = reader(page, language)
  await field(t.fields.email).fill(email)
  await field(t.fields.password).fill(secret)
  await button(t.signIn.do).click()
}
