import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { isModelError } from '../../../../src/optimizer/llm/model-error.js'
import type { OpenAiModelOptions } from '../../../../src/optimizer/llm/model-options.js'
import { OpenAiChatModel } from '../../../../src/optimizer/llm/open-ai-model.js'
import { startHostileModel, type HostileModel } from '../../../support/hostile-model.js'
import { tempDirectory } from '../../../support/temp.js'

const KEY = 'sk-secret-0123456789'
const QUICK = { attempts: 3, delayMs: 1, maxDelayMs: 2 }

let server: HostileModel

beforeAll(async () => {
  server = await startHostileModel()
})

describe('a model behind an endpoint', () => {
  it('answers with a text, its tokens and its name', async () => {
    expect(await ask('echo')).toEqual({
      text: 'Say it.',
      finish_reason: 'stop',
      usage: { prompt_tokens: 12, completion_tokens: 7 },
      model: 'hostile-1',
      id: 'chatcmpl-1',
    })
  })

  it('is sent the request, the key as a bearer token, and further headers', async () => {
    const model = modelOf('echo:fields', {
      headers: { 'x-team': 'blue' },
      tokenLimitField: 'max_completion_tokens',
    })
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Say it.' },
    ] as const
    await model.complete({ model: model.name, messages, temperature: 0, max_tokens: 9, seed: 4 })
    const [request] = await server.requestsTo('echo:fields')
    expect(request?.authorization).toBe(`Bearer ${KEY}`)
    expect(request?.headers['x-team']).toBe('blue')
    expect(request?.body).toEqual({
      model: 'echo:fields',
      messages,
      temperature: 0,
      max_completion_tokens: 9,
      seed: 4,
      stream: false,
    })
  })

  it('reads its key from a file before each call', async () => {
    const apiKeyFile = join(await tempDirectory(), 'key')
    const model = modelOf('echo:file', { apiKey: undefined, apiKeyFile })
    await writeFile(apiKeyFile, 'first\n')
    await model.complete(requestTo(model))
    await writeFile(apiKeyFile, 'second\n')
    await model.complete(requestTo(model))
    const keys = (await server.requestsTo('echo:file')).map(({ authorization }) => authorization)
    expect(keys).toEqual(['Bearer first', 'Bearer second'])
  })

  it.each([
    ['in parts', 'parts', 'in parts'],
    ['in a stream, though none is asked for', 'stream', 'one two'],
    ['in a stream with chunks that are sent twice', 'duplicate-chunks', 'one two'],
  ])('may answer %s', async (_, name, text) => {
    expect((await ask(name)).text).toBe(text)
  })

  it.each(['wrong-usage', 'small-usage', 'no-usage'])(
    'counts no tokens that it is not told: %s',
    async (name) => {
      expect(await ask(name)).not.toHaveProperty('usage')
    },
  )

  it.each([
    ['a page of HTML', 'html-200', 'html'],
    ['JSON that is cut', 'cut-json', 'not_json'],
    ['no message', 'no-choices', 'shape'],
    ['an empty text', 'empty', 'empty'],
    ['a stream that is cut', 'cut-stream', 'stream'],
    ['a chunk that is cut', 'cut-chunk', 'stream'],
    ['an error within a stream', 'stream-error', 'stream'],
  ])('that answers with %s fails the call, and is not asked again', async (_, name, reason) => {
    expect(await failureOf(name)).toMatchObject({
      code: 'OPT-LLM-007',
      context: { reason, attempts: 1 },
    })
    expect(await server.requestsTo(name)).toHaveLength(1)
  })

  it('fails the call if its answer is longer than allowed', async () => {
    expect(await failureOf('huge', { answerBytesMax: 1_000_000 })).toMatchObject({
      code: 'OPT-LLM-007',
      context: { reason: 'too_long', max_bytes: 1_000_000 },
    })
  })

  it.each([
    ['its limit', 'length', 'length'],
    ['a filter', 'filter', 'content_filter'],
  ])('fails the call if the answer ends at %s', async (_, name, reason) => {
    expect(await failureOf(name)).toMatchObject({ code: 'OPT-LLM-008', context: { reason } })
  })
})

describe('an endpoint that fails for a while', () => {
  it.each(['html-429:2', 'bad-gateway:2', 'reset:2', 'reset-within:2'])(
    'is asked again: %s',
    async (name) => {
      expect((await ask(name)).text).toBe('Say it.')
      expect(await server.requestsTo(name)).toHaveLength(3)
    },
  )

  it.each(['after-seconds', 'after-date'])(
    'is asked again when it wants, and no earlier: %s',
    async (name) => {
      expect((await ask(name)).text).toBe('Say it.')
      expect(await server.requestsTo(name)).toHaveLength(2)
    },
  )

  it('fails the call at once if it asks for a longer wait than allowed', async () => {
    expect(await failureOf('after-hour', { waitMsMax: 5000 })).toMatchObject({
      code: 'OPT-LLM-005',
      context: { status: 429, retry_after_ms: 3_600_000, attempts: 1 },
    })
  })

  it('fails the call after the last attempt, and says what the page says', async () => {
    const error = await failureOf('html-429')
    expect(error).toMatchObject({ code: 'OPT-LLM-005', context: { status: 429, attempts: 3 } })
    expect(String(error)).toContain('answers 429: Too Many Requests')
    expect(await failureOf('bad-gateway')).toMatchObject({
      code: 'OPT-LLM-006',
      context: { status: 502, reason: 'html', attempts: 3 },
    })
    expect(await failureOf('reset')).toMatchObject({
      code: 'OPT-LLM-002',
      context: { attempts: 3 },
    })
  })

  it('is asked again only if the caller agrees, and hears of each failure', async () => {
    const model = modelOf('bad-gateway')
    const told: string[] = []
    const asked = model.complete(
      { model: model.name, messages: [{ role: 'user', content: 'Say it.' }] },
      {
        onRetry: async (code) => {
          told.push(code)
          return await Promise.resolve(told.length < 2)
        },
      },
    )
    await expect(asked).rejects.toMatchObject({ code: 'OPT-LLM-006', context: { attempts: 2 } })
    expect(told).toEqual(['OPT-LLM-006', 'OPT-LLM-006'])
  })

  it('is not asked again when no quota is left', async () => {
    expect(await failureOf('no-quota')).toMatchObject({
      code: 'OPT-LLM-005',
      context: { reason: 'quota', attempts: 1 },
    })
  })

  it('is not reached at all: the call fails with the cause', async () => {
    const error = await failureOf('echo', { baseUrl: 'http://127.0.0.1:1/v1' })
    expect(error).toMatchObject({ code: 'OPT-LLM-002', context: { attempts: 3 } })
    expect((error as Error).cause).toBeInstanceOf(Error)
  })
})

describe('an endpoint that refuses', () => {
  it.each([
    ['an unknown model', 'no-such-model', 404, 'model_not_found'],
    ['to be where it was', 'redirect', 307, 'text'],
  ])('%s fails the call', async (_, name, status, reason) => {
    expect(await failureOf(name)).toMatchObject({
      code: 'OPT-LLM-004',
      context: { status, reason, attempts: 1 },
    })
  })

  it('may repeat the key: it is in no message and in no field', async () => {
    const error = await failureOf('repeat-key')
    expect(error).toMatchObject({ code: 'OPT-LLM-009', context: { reason: 'invalid_api_key' } })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/0123456789|xyz1/)
    expect((error as Error).message).toContain('Incorrect API key provided: *** (***)')
  })
})

describe('a call', () => {
  it.each(['slow', 'trickle'])('ends at its time limit, and is not repeated: %s', async (name) => {
    expect(await failureOf(name, { timeoutMs: 200 })).toMatchObject({
      code: 'OPT-LLM-003',
      context: { timeout_ms: 200, attempts: 1 },
    })
  })

  it('ends when it is aborted, with the reason of the signal', async () => {
    const reason = new Error('no longer needed')
    const model = modelOf('slow:aborted')
    const controller = new AbortController()
    const call = model.complete(requestTo(model), { signal: controller.signal })
    await expect.poll(async () => (await server.requestsTo('slow:aborted')).length).toBe(1)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    const aborted = AbortSignal.abort(reason)
    await expect(model.complete(requestTo(model), { signal: aborted })).rejects.toBe(reason)
  })

  it('may be aborted while it waits for the next attempt', async () => {
    const model = modelOf('after-seconds:always')
    const controller = new AbortController()
    const forget = subscribe('retry', () => controller.abort(new Error('stop')))
    const call = model.complete(requestTo(model), { signal: controller.signal })
    await expect(call).rejects.toThrow('stop')
    forget()
  })
})

function modelOf(model: string, options: Partial<OpenAiModelOptions> = {}): OpenAiChatModel {
  return new OpenAiChatModel({
    baseUrl: server.baseUrl,
    model,
    apiKey: KEY,
    retry: QUICK,
    ...options,
  })
}

function requestTo({ name }: OpenAiChatModel): Parameters<OpenAiChatModel['complete']>[0] {
  return { model: name, messages: [{ role: 'user', content: 'Say it.' }] }
}

async function ask(name: string): ReturnType<OpenAiChatModel['complete']> {
  const model = modelOf(name)
  return await model.complete(requestTo(model))
}

async function failureOf(name: string, options?: Partial<OpenAiModelOptions>): Promise<unknown> {
  const model = modelOf(name, options)
  const error: unknown = await model.complete(requestTo(model)).then(
    (answer) => expect.unreachable(`answered ${answer.text}`),
    (failure: unknown) => failure,
  )
  expect(isModelError(error), String(error)).toBe(true)
  return error
}
