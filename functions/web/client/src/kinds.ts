import { Clapperboard, Gamepad2, Sparkles, Tv } from '@lucide/vue'

import type { Schemas } from './api'

export type TitleType = Schemas['TitleType']
export type WalkState = Schemas['WalkState']

export const TYPES = ['game', 'movie', 'series', 'anime'] as const satisfies readonly TitleType[]
export const STATES = [
  'planned',
  'in_progress',
  'on_hold',
  'dropped',
  'completed',
  'hundred_percent',
] as const satisfies readonly WalkState[]

export const TYPE_ICONS = { game: Gamepad2, movie: Clapperboard, series: Tv, anime: Sparkles }
