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

/** Games are finished, all else is watched: which of the two words a message has. */
export const way = (type: TitleType) => (type === 'game' ? 'played' : 'watched')

/** The message that names a state of a walk on a title of this type. */
export const stateName = (state: WalkState, type: TitleType) =>
  state === 'completed' ? `completed.${way(type)}` : `states.${state}`

export const TYPE_ICONS = { game: Gamepad2, movie: Clapperboard, series: Tv, anime: Sparkles }
