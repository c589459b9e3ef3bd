import type { components } from './schema'

export type Schemas = components['schemas']
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

type Query = Record<string, string | number | readonly string[] | null | undefined>
interface Options {
  body?: unknown
  /** Sent as it is, for pictures. */
  file?: Blob
  query?: Query
  signal?: AbortSignal
  /** Needs no session, so a 401 is an answer and no reason for a refresh. */
  open?: boolean
}

/** A refusal by the API, or (with status 0) an answer that never came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null,
    readonly faults: readonly Schemas['ProblemFault'][] = [],
    readonly retryAfter: number | null = null,
    readonly existingId: string | null = null,
    /** What it is, in a few words; the message says more, and what to do. */
    readonly title = '',
  ) {
    super(detail)
  }
}

const BASE = '/api/v1'
// Tells the next start whether asking for a token makes sense; the token itself is in no storage.
const HINT = 'prohod.session'

let token: string | null = null
let refreshing: Promise<void> | null = null
let language = 'en'
let ended: () => void = () => {}

export function setLanguage(tag: string): void {
  language = tag
}

/** What to do when the session turns out to be over. */
export function onSessionEnd(handler: () => void): void {
  ended = handler
}

export function hasSession(): boolean {
  return token !== null
}

export function mayHaveSession(): boolean {
  return token !== null || localStorage.getItem(HINT) !== null
}

export function keepTokens(pair: Schemas['TokenPair']): void {
  token = pair.access_token
  localStorage.setItem(HINT, '1')
}

export function dropTokens(): void {
  token = null
  localStorage.removeItem(HINT)
}

function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one))
  }
  const text = parameters.toString()
  return BASE + path + (text && `?${text}`)
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers = new Headers({ 'Accept-Language': language })
  if (path.startsWith('/auth/')) headers.set('X-Token-Transport', 'cookie')
  if (token && !options.open) headers.set('Authorization', `Bearer ${token}`)
  let body: BodyInit | null = null
  if (options.file) {
    headers.set('Content-Type', options.file.type || 'application/octet-stream')
    body = options.file
  } else if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json')
    body = JSON.stringify(options.body)
  }
  try {
    return await fetch(address(path, options.query), { method, headers, body, signal: options.signal ?? null })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiError(0, 'network', '', null)
  }
}

/** An answer that was cut in the middle is one that never came. */
async function read<T>(response: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await response.json()) as T
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'network', '', response.headers.get('X-Request-Id'))
  }
}

async function refusal(response: Response, signal?: AbortSignal): Promise<ApiError> {
  const id = response.headers.get('X-Request-Id')
  const after = Number(response.headers.get('Retry-After')) || null
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json')
  if (!isProblem) return new ApiError(response.status, 'unexpected', '', id, [], after)
  const problem = await read<Schemas['Problem']>(response, signal)
  return new ApiError(
    response.status,
    problem.code,
    problem.detail,
    problem.request_id ?? id,
    problem.errors ?? [],
    after,
    problem.existing_id ?? null,
    problem.title,
  )
}

/** Gets a new access token by the cookie; everybody who asks meanwhile waits for the same one. */
export function refresh(): Promise<void> {
  refreshing ??= (async () => {
    const response = await send('POST', '/auth/token/update', { body: {}, open: true })
    if (!response.ok) {
      const error = await refusal(response)
      if (error.status === 401) {
        dropTokens()
        ended()
      }
      throw error
    }
    keepTokens(await read<Schemas['TokenPair']>(response))
  })().finally(() => {
    refreshing = null
  })
  return refreshing
}

async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  // After a start without a connection there is a session and no token yet.
  if (!token && !options.open && mayHaveSession()) await refresh()
  const used = token
  let response = await send(method, path, options)
  if (response.status === 401 && !options.open) {
    // Where another request has brought a new token meanwhile, that one will do.
    if (token === used) await refresh()
    response = await send(method, path, options)
    if (response.status === 401) {
      dropTokens()
      ended()
    }
  }
  if (!response.ok) throw await refusal(response, options.signal)
  if (response.status === 204 || response.status === 202) return undefined as T
  return read<T>(response, options.signal)
}

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path, signal ? { query, signal } : { query })
export const post = <T = void>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, { body })
export const patch = <T>(path: string, body: unknown): Promise<T> => call<T>('PATCH', path, { body })
export const remove = (path: string, body?: unknown): Promise<void> => call<void>('DELETE', path, { body })
export const upload = <T>(method: 'POST' | 'PUT', path: string, file: Blob): Promise<T> =>
  call<T>(method, path, { file })
/** For endpoints that need no session. */
export const open = <T = void>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> =>
  call<T>(method, path, { body, open: true })
