import { createI18n } from 'vue-i18n'

import { setLanguage } from './api'

export const LANGUAGES = ['ru', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const KEY = 'prohod.language'

/** Which of "none | one | few | many": 0, 1 отзыв, 2 отзыва, 5 отзывов, 11 отзывов, 21 отзыв. */
export function russianPlural(count: number): number {
  if (count === 0) return 0
  const tens = count % 100
  const ones = count % 10
  if (tens >= 11 && tens <= 14) return 3
  if (ones === 1) return 1
  return ones >= 2 && ones <= 4 ? 2 : 3
}

export function preferred(kept: string | null, wanted: readonly string[]): Language {
  if (kept === 'ru' || kept === 'en') return kept
  for (const tag of wanted) {
    const found = LANGUAGES.find((language) => tag.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return 'en'
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as string,
  messages: {} as Record<string, never>,
  pluralRules: { ru: russianPlural },
})

const files = {
  ru: () => import('./messages/ru.json'),
  en: () => import('./messages/en.json'),
}

export async function useLanguage(language: Language): Promise<void> {
  i18n.global.setLocaleMessage(language, (await files[language]()).default as never)
  i18n.global.locale.value = language
  document.documentElement.lang = language
  setLanguage(language)
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language)
  await useLanguage(language)
}

export const startLanguage = (): Promise<void> =>
  useLanguage(preferred(localStorage.getItem(KEY), navigator.languages))
