import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { FailedAttempt } from '../../../../src/base/retry.js'
import { DifyClient, type DifyClientOptions } from '../../../../src/dify/service/index.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'

const TEXT = {
  source_lang: 'English',
  target_lang: 'Spanish',
  source_text: 'Hello',
  country: 'Mexico',
}

let bed: SimulatedDify
let retried: FailedAttempt[] = []
beforeAll(async () => {
  bed = await simulatedDify({ files: ['translation_workflow.yml', 'Artifact.yml'] })
})
beforeEach(async () => {
  await bed.clear()
  retried = []
})

function client(options: Partial<DifyClientOptions> = {}): DifyClient {
  return new DifyClient({
    baseUrl: bed.url,
    apiKey: bed.app.key,
    retry: { delayMs: 1, maxDelayMs: 5, attempts: 3 },
    onRetry: (failed) => retried.push(failed),
    ...options,
  })
}

async function refusalOf(options: Partial<DifyClientOptions> = {}): Promise<unknown> {
  return await client(options)
    .run({ inputs: TEXT })
    .catch((thrown: unknown) => thrown)
}

describe('a temporary failure', () => {
  it('is followed by another attempt only if the caller of the run allows it', async () => {
    await bed.fault({ kind: 'drop', times: 9 })
    const asked: string[] = []
    const onRetry = async (code: string): Promise<boolean> => {
      asked.push(code)
      return await Promise.resolve(asked.length < 2)
    }
    const failure = client({ retry: { delayMs: 1, maxDelayMs: 5, attempts: 9 } })
      .run({ inputs: TEXT, onRetry })
      .catch((thrown: unknown) => thrown)
    expect(await failure).toMatchObject({ code: 'OPT-DIFY-001', context: { attempts: 2 } })
    expect(asked).toEqual(['OPT-DIFY-001', 'OPT-DIFY-001'])
    expect((await bed.requests()).filter(({ path }) => path.endsWith('/run'))).toHaveLength(2)
  })
})

describe('a 429', () => {
  it('for too many runs at once is retried until there is room', async () => {
    await bed.fault({ kind: 'too_many_requests', times: 2 })
    expect(await client().run({ inputs: TEXT })).toMatchObject({ status: 'succeeded', attempts: 3 })
    expect(retried.map(({ code }) => code)).toEqual(['OPT-DIFY-002', 'OPT-DIFY-002'])
  })

  it('for too many runs at once ends after the last attempt', async () => {
    await bed.fault({ kind: 'too_many_requests', times: 9 })
    expect(await refusalOf()).toMatchObject({
      code: 'OPT-DIFY-002',
      message: /too_many_requests.*\(3 attempts\)$/,
      context: { status: 429, reason: 'too_many_requests', attempts: 3, transient: true },
    })
  })

  it('for a used-up quota is not retried', async () => {
    await bed.fault({ kind: 'rate_limit_error' })
    expect(await refusalOf()).toMatchObject({
      code: 'OPT-DIFY-003',
      context: { reason: 'rate_limit_error', transient: false },
    })
    expect(retried).toEqual([])
  })

  it('as a page of a proxy is retried', async () => {
    await bed.fault({ kind: 'html_429' })
    expect(await client().run({ inputs: TEXT })).toMatchObject({ status: 'succeeded', attempts: 2 })
  })
})

describe('a failure', () => {
  it('of the service or of a proxy is retried', async () => {
    await bed.fault({ kind: 'internal_server_error' }, { kind: 'html_502' })
    expect(await client().run({ inputs: TEXT })).toMatchObject({ status: 'succeeded' })
    expect(retried.length).toBeGreaterThan(0)
  })

  it('as a page of HTML is told by its title', async () => {
    await bed.fault({ kind: 'html_502', times: 9 })
    expect(await refusalOf()).toMatchObject({
      code: 'OPT-DIFY-001',
      message: 'POST /workflows/run answered 502: a page, not JSON: 502 Bad Gateway (3 attempts)',
      context: { status: 502 },
    })
  })

  it('of a connection is retried, and told with the code of the system', async () => {
    await bed.fault({ kind: 'drop' })
    expect(await client().run({ inputs: TEXT })).toMatchObject({ status: 'succeeded', attempts: 2 })
    const gone = await refusalOf({ baseUrl: 'http://127.0.0.1:9/v1' })
    expect(gone).toMatchObject({ code: 'OPT-DIFY-001', context: { call: 'POST /workflows/run' } })
  })

  it('of a page where a stream should be says which type came', async () => {
    await bed.fault({ kind: 'html_200' })
    expect(await refusalOf()).toMatchObject({ code: 'OPT-DIFY-007', message: /text\/html/ })
  })

  it('to follow a redirect is meant: the key is for one address', async () => {
    await bed.fault({ kind: 'redirect', to: 'http://127.0.0.1:9/' })
    expect(await refusalOf()).toMatchObject({ code: 'OPT-DIFY-005', message: /set "baseUrl"/ })
    expect(retried).toEqual([])
  })
})

describe('a refusal', () => {
  it('of an app of another mode, or of an input, is not retried', async () => {
    const chat = { apiKey: bed.addresses.apps[1]?.key ?? '' }
    expect(await refusalOf(chat)).toMatchObject({
      code: 'OPT-DIFY-005',
      context: { reason: 'not_workflow_app' },
    })
    await expect(client().run({ inputs: {} })).rejects.toMatchObject({
      code: 'OPT-DIFY-005',
      message: /is required in input form/,
    })
    await expect(client().chat({ query: 'x' })).rejects.toMatchObject({
      context: { reason: 'not_chat_app' },
    })
    expect(retried).toEqual([])
  })
})

describe('an answer', () => {
  it('that does not come is interrupted', async () => {
    await bed.fault({ kind: 'silent', on: 'get_run' })
    const { run_id: id } = await client().run({ inputs: TEXT })
    await expect(client({ requestTimeoutMs: 100 }).getRun(id)).rejects.toMatchObject({
      code: 'OPT-DIFY-006',
      context: { call: `GET /workflows/run/${id}`, timeout_ms: 100 },
    })
  })

  it('that is not JSON, or an event that is not, has another form than documented', async () => {
    const url = await serving('text/plain', 'OK')
    await expect(client({ baseUrl: url }).info()).rejects.toMatchObject({ code: 'OPT-DIFY-007' })
    const stream = await serving('text/event-stream', 'data: OK\n\n')
    expect(await refusalOf({ baseUrl: stream })).toMatchObject({
      code: 'OPT-DIFY-007',
      message: /an event of 2 characters is not JSON/,
    })
  })

  it('of a stream without any event leaves the end of the run unknown', async () => {
    const url = await serving('text/event-stream', 'event: ping\n\n')
    expect(await refusalOf({ baseUrl: url })).toMatchObject({ code: 'OPT-DIFY-008' })
  })

  it('is awaited until the caller aborts', async () => {
    await bed.fault({ kind: 'silent', on: 'get_run' })
    const { run_id: id } = await client().run({ inputs: TEXT })
    const signal = AbortSignal.timeout(50)
    await expect(client().getRun(id, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

/** A server that always answers this. */
async function serving(type: string, body: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': type }).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}
