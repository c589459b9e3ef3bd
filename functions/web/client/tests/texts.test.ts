import { describe, expect, it } from 'vitest'

import { i18n, preferred, useLanguage } from '../src/i18n'
import en from '../src/messages/en.json'
import ru from '../src/messages/ru.json'

function keys(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? keys(inner, `${path}${name}.`) : [path + name],
  )
}

describe('texts', () => {
  it('are there in both languages', () => {
    expect(keys(ru)).toEqual(keys(en))
  })

  it('have the right plurals', async () => {
    await useLanguage('ru')
    const told = (count: number) => i18n.global.t('counts.reviews', count)
    expect([0, 1, 2, 5, 11, 12, 21, 22, 25, 101, 111].map(told)).toEqual([
      'нет отзывов', '1 отзыв', '2 отзыва', '5 отзывов', '11 отзывов', '12 отзывов', '21 отзыв', '22 отзыва', '25 отзывов',
      '101 отзыв', '111 отзывов',
    ])
    await useLanguage('en')
    expect([0, 1, 2].map(told)).toEqual(['no reviews', '1 review', '2 reviews'])
  })

  it('follow the choice, then the browser', () => {
    expect(preferred('ru', ['en'])).toBe('ru')
    expect(preferred(null, ['de-DE', 'ru-RU', 'en'])).toBe('ru')
    expect(preferred(null, ['de'])).toBe('en')
  })
})
