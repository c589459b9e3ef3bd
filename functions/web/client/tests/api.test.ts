import { beforeEach, describe, expect, it, vi } from 'vitest'

import type * as Api from '../src/api'

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> }
const json = ({ status = 200, body = {}, headers = {} }: Answer) =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  })
const pair = (access_token: string) => ({ access_token, token_type: 'Bearer', expires_at: 1, refresh_token: null })
const expired = { status: 401, body: { code: 'token_expired', detail: 'expired', request_id: 'r1' } }

let api: typeof Api
let ended: ReturnType<typeof vi.fn<() => void>>

function server(answer: (path: string, token: string | null, init: RequestInit) => Answer) {
  const calls: string[] = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    calls.push(`${init.method} ${path}`)
    await Promise.resolve()
    return json(answer(path, new Headers(init.headers).get('Authorization'), init))
  })
  return calls
}

beforeEach(async () => {
  vi.resetModules()
  localStorage.clear()
  api = await import('../src/api')
  ended = vi.fn<() => void>()
  api.onSessionEnd(ended)
})

describe('an expired token', () => {
  it('is refreshed once for all requests under way', async () => {
    api.keepTokens(pair('old'))
    const calls = server((path, token) => {
      if (path.endsWith('/auth/token/update')) return { body: pair('new') }
      return token === 'Bearer new' ? { body: { path } } : expired
    })
    const answers = await Promise.all(['/a', '/b', '/c'].map((path) => api.get(path)))
    expect(answers).toEqual(['/a', '/b', '/c'].map((path) => ({ path: `/api/v1${path}` })))
    expect(calls.filter((call) => call.includes('token/update'))).toHaveLength(1)
    expect(ended).not.toHaveBeenCalled()
  })

  it('asks with the cookie, and keeps the token out of every storage', async () => {
    server((path, _token, init) => {
      expect(path).toBe('/api/v1/auth/token/update')
      expect(new Headers(init.headers).get('X-Token-Transport')).toBe('cookie')
      expect(init.body).toBe('{}')
      return { body: pair('secret') }
    })
    await api.refresh()
    expect(api.hasSession()).toBe(true)
    expect(JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })).not.toContain('secret')
  })

  it('ends the session once where the cookie is refused', async () => {
    api.keepTokens(pair('old'))
    server((path) =>
      path.endsWith('update') ? { status: 401, body: { code: 'refresh_invalid', detail: '', request_id: 'r2' } } : expired,
    )
    const answers = await Promise.allSettled([api.get('/a'), api.get('/b')])
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected'])
    expect(ended).toHaveBeenCalledTimes(1)
    expect(api.mayHaveSession()).toBe(false)
  })

  it('keeps the session where the refresh fails for another reason', async () => {
    api.keepTokens(pair('old'))
    server((path) => (path.endsWith('update') ? { status: 503, body: { code: 'unavailable' } } : expired))
    await expect(api.get('/a')).rejects.toMatchObject({ status: 503 })
    expect(ended).not.toHaveBeenCalled()
    expect(api.mayHaveSession()).toBe(true)
  })
})

describe('a failure', () => {
  it('carries the request id, the faults and the wait', async () => {
    server(() => ({
      status: 422,
      headers: { 'Retry-After': '7' },
      body: { code: 'validation', title: 'Not valid', detail: 'no', request_id: 'r9', errors: [{ pointer: '/name', code: 'required', detail: 'x' }] },
    }))
    await expect(api.post('/titles', {})).rejects.toMatchObject({
      requestId: 'r9',
      title: 'Not valid',
      retryAfter: 7,
      faults: [{ pointer: '/name' }],
    })
  })

  it('of the network is told apart', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    await expect(api.get('/titles')).rejects.toMatchObject({ status: 0, code: 'network' })
  })

  it('in the middle of an answer is one of the network, and says which request it was', async () => {
    const cut = (status: number) => async () =>
      new Response('{"items": [', {
        status,
        headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', 'X-Request-Id': 'r7' },
      })
    vi.stubGlobal('fetch', cut(200))
    await expect(api.get('/titles')).rejects.toMatchObject({ status: 0, code: 'network', requestId: 'r7' })
    vi.stubGlobal('fetch', cut(422))
    await expect(api.post('/titles', {})).rejects.toMatchObject({ status: 0, code: 'network', requestId: 'r7' })
  })

  it('is none where the request was given up', async () => {
    const given = new AbortController()
    vi.stubGlobal('fetch', async () => {
      given.abort()
      return new Response('{"items": [', { headers: { 'Content-Type': 'application/json' } })
    })
    await expect(api.get('/titles', {}, given.signal)).rejects.not.toBeInstanceOf(api.ApiError)
  })

  it('of a sign-in asks for no refresh', async () => {
    const calls = server(() => ({ status: 401, body: { code: 'invalid_credentials', detail: 'no', request_id: 'r' } }))
    await expect(api.open('POST', '/auth/token', {})).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(calls).toEqual(['POST /api/v1/auth/token'])
    expect(ended).not.toHaveBeenCalled()
  })
})

it('repeats a parameter for each of its values', async () => {
  const calls = server(() => ({}))
  await api.get('/titles', { type: 'game', state: ['a', 'b'], search: '' })
  expect(calls).toEqual(['GET /api/v1/titles?type=game&state=a&state=b'])
})
