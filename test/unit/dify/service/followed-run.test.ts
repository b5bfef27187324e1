import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DifyClient, type DifyClientOptions } from '../../../../src/dify/service/index.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { tempDirectory } from '../../../support/temp.js'

const TEXT = {
  source_lang: 'English',
  target_lang: 'Spanish',
  source_text: 'Hello',
  country: 'Mexico',
}

/** An app without a graph: what is under way has no id by which it could be looked up. */
const CHAT = `
app: { name: chat, mode: chat }
kind: app
model_config:
  model: { provider: simulated, name: m, mode: chat }
  pre_prompt: Be kind.
`

let bed: SimulatedDify
beforeAll(async () => {
  bed = await simulatedDify({ files: ['translation_workflow.yml', 'Artifact.yml'] })
})
beforeEach(async () => {
  await bed.clear()
})

function client(options: Partial<DifyClientOptions> = {}): DifyClient {
  const retry = { delayMs: 1, maxDelayMs: 5 }
  return new DifyClient({ baseUrl: bed.url, apiKey: bed.app.key, retry, pollMs: 5, ...options })
}

/** How often a run was begun. */
async function begun(): Promise<number> {
  const requests = await bed.requests()
  return requests.filter(({ path }) => path === '/workflows/run').length
}

describe('a broken stream', () => {
  it('is resumed, and the nodes that were missed arrive', async () => {
    await bed.fault({ kind: 'broken', nodes: 2 }, { kind: 'slow', ms: 100 })
    const outcome = await client().run({ inputs: TEXT })
    expect(outcome).toMatchObject({
      status: 'succeeded',
      known_by: 'resumed_stream',
      traces_complete: true,
    })
    expect(outcome.traces.filter(({ node_type: type }) => type === 'llm')).toHaveLength(3)
    expect(await begun()).toBe(1)
  })

  it('in the middle of an event, or one that ends as if it were whole, is resumed too', async () => {
    for (const detail of [{ half: true }, { how: 'end' }]) {
      await bed.fault({ kind: 'broken', nodes: 1, ...detail }, { kind: 'slow', ms: 100 })
      expect(await client().run({ inputs: TEXT })).toMatchObject({ known_by: 'resumed_stream' })
    }
    expect(await begun()).toBe(2)
  })

  it('of a server that cannot resume events: the run is asked for until it has ended', async () => {
    await bed.fault({ kind: 'broken', nodes: 1 }, { kind: 'slow', ms: 100 })
    await bed.fault({ kind: 'no_resume', on: 'events', times: 9 })
    const outcome = await client().run({ inputs: TEXT })
    expect(outcome).toMatchObject({
      status: 'succeeded',
      known_by: 'lookup',
      traces_complete: false,
    })
    expect(outcome.outputs).not.toEqual({})
    expect(await begun()).toBe(1)
  })

  it('that breaks again and again is not resumed forever', async () => {
    await bed.fault({ kind: 'broken', nodes: 0 }, { kind: 'slow', ms: 100 })
    await bed.fault({ kind: 'broken', on: 'events', nodes: 0, times: 99 })
    const outcome = await client().run({ inputs: TEXT })
    expect(outcome).toMatchObject({ status: 'succeeded', known_by: 'lookup' })
    const resumed = (await bed.requests()).filter(({ path }) => path.endsWith('/events'))
    expect(resumed).toHaveLength(3)
  })

  it('whose run cannot be found afterwards has an unknown end, and is not begun again', async () => {
    await bed.fault({ kind: 'broken', nodes: 0 }, { kind: 'slow', ms: 100 })
    await bed.fault({ kind: 'no_resume', on: 'events', times: 9 })
    await bed.fault({ kind: 'html_502', on: 'get_run', times: 99 })
    const error: unknown = await client()
      .run({ inputs: TEXT })
      .catch((thrown: unknown) => thrown)
    const [run] = (await bed.runs()).slice(-1)
    expect(error).toMatchObject({ code: 'OPT-DIFY-008', context: { run_id: run?.id } })
    expect(await begun()).toBe(1)
  })

  it('whose end lacks its empty line is not an end: the run is asked for', async () => {
    await bed.fault({ kind: 'cut_end' })
    const outcome = await client().run({ inputs: TEXT })
    expect(outcome).toMatchObject({ status: 'succeeded' })
    expect(outcome.known_by).not.toBe('stream')
    expect(await begun()).toBe(1)
  })

  it('whose end lacks its empty line, of a run that cannot be found, leaves its end unknown', async () => {
    await bed.fault({ kind: 'cut_end' })
    await bed.fault({ kind: 'no_resume', on: 'events', times: 9 })
    await bed.fault({ kind: 'html_502', on: 'get_run', times: 99 })
    await expect(client().run({ inputs: TEXT })).rejects.toMatchObject({
      code: 'OPT-DIFY-008',
      message: expect.stringContaining('how that ended is unknown') as string,
    })
  })

  it('of a chat without a run, whose end lacks its empty line, leaves its end unknown', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'chat.yml')
    await writeFile(file, CHAT)
    const chats = await simulatedDify({ files: [file] })
    await chats.fault({ kind: 'cut_end', on: 'chat' })
    const asked = client({ baseUrl: chats.url, apiKey: chats.app.key }).chat({ query: 'Hello?' })
    await expect(asked).rejects.toMatchObject({ code: 'OPT-DIFY-008' })
  })

  it('of a chatflow is completed by its run', async () => {
    await bed.fault({ kind: 'broken', on: 'chat', nodes: 1 }, { kind: 'slow', on: 'chat', ms: 100 })
    await bed.fault({ kind: 'no_resume', on: 'events', times: 9 })
    const app = bed.addresses.apps[1]
    const outcome = await client({ apiKey: app?.key ?? '' }).chat({ query: 'A question' })
    expect(outcome.run).toMatchObject({ status: 'succeeded', known_by: 'lookup' })
    expect(outcome.answer).toBe(outcome.run?.outputs['answer'])
    expect(outcome.answer).not.toBe('')
    expect(outcome.usage_known).toBe(false)
  })
})

describe('a timeout', () => {
  it('interrupts a run that takes too long, stops it, and says that it is stopped', async () => {
    await bed.fault({ kind: 'stays_running' })
    const run = client({ timeoutMs: 200 }).run({ inputs: TEXT })
    await expect(run).rejects.toMatchObject({
      code: 'OPT-DIFY-006',
      context: { run_status: 'stopped', timeout_ms: 200 },
    })
    expect((await bed.runs()).at(-1)?.status).toBe('stopped')
    await expect.poll(async () => await bed.active()).toBe(0)
  })

  it('of one call goes before that of the client', async () => {
    await bed.fault({ kind: 'stays_running' })
    const run = client().run({ inputs: TEXT, timeoutMs: 150 })
    await expect(run).rejects.toMatchObject({ context: { timeout_ms: 150, run_status: 'stopped' } })
  })

  it('for silence interrupts a stream without signs of life', async () => {
    await bed.fault({ kind: 'stays_running' })
    const run = client({ idleTimeoutMs: 150 }).run({ inputs: TEXT })
    await expect(run).rejects.toMatchObject({
      code: 'OPT-DIFY-006',
      message: /was silent for 150 ms/,
      context: { run_status: 'stopped' },
    })
  })

  it('before the run has a name says that its end is unknown', async () => {
    await bed.fault({ kind: 'silent' })
    const run = client({ timeoutMs: 150 }).run({ inputs: TEXT })
    await expect(run).rejects.toMatchObject({ context: { run_status: 'unknown', run_id: '' } })
  })

  it('that cannot stop the run says that its end is unknown', async () => {
    await bed.fault({ kind: 'stays_running' }, { kind: 'html_502', on: 'get_run', times: 99 })
    const run = client({ timeoutMs: 150, stopTimeoutMs: 150 }).run({ inputs: TEXT })
    await expect(run).rejects.toMatchObject({ context: { run_status: 'unknown' } })
  })

  it('of a run that is only looked up does not stop it', async () => {
    await bed.fault({ kind: 'stays_running' })
    const controller = new AbortController()
    let runId = ''
    const running = client().run({
      inputs: TEXT,
      signal: controller.signal,
      onStarted: ({ run_id: id }) => void (runId = id),
    })
    await expect.poll(() => runId).not.toBe('')
    await expect(client().resume(runId, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'OPT-DIFY-006',
      context: { run_id: runId, run_status: 'running' },
    })
    expect((await client().getRun(runId)).status).toBe('running')
    controller.abort()
    await expect(running).rejects.toThrow()
  })
})

describe('an aborted run', () => {
  it('is told to stop, and rejects with the reason', async () => {
    await bed.fault({ kind: 'stays_running' })
    const controller = new AbortController()
    const reason = new Error('no longer needed')
    const run = client().run({
      inputs: TEXT,
      signal: controller.signal,
      onStarted: () => controller.abort(reason),
    })
    await expect(run).rejects.toBe(reason)
    expect((await bed.runs()).at(-1)?.status).toBe('stopped')
  })

  it('before its turn begins nothing', async () => {
    await bed.fault({ kind: 'slow', ms: 100 })
    const one = client({ concurrency: 1 })
    const first = one.run({ inputs: TEXT })
    const controller = new AbortController()
    const second = one.run({ inputs: TEXT, signal: controller.signal })
    controller.abort(new Error('left the queue'))
    await expect(second).rejects.toThrow('left the queue')
    expect((await first).status).toBe('succeeded')
    expect(await begun()).toBe(1)
  })
})

describe('an error event', () => {
  it('under HTTP 200 is an error with its code and the name of the run', async () => {
    const event = { status: 400, code: 'provider_quota_exceeded', message: 'No quota' }
    await bed.fault({ kind: 'error_event', ...event })
    const run = client().run({ inputs: TEXT })
    await expect(run).rejects.toMatchObject({
      code: 'OPT-DIFY-003',
      context: { reason: 'provider_quota_exceeded', run_id: expect.any(String), transient: false },
    })
    expect(await begun()).toBe(1)
  })

  it('that repeats the key does not show it', async () => {
    await bed.fault({ kind: 'error_event', message: `Not with ${bed.app.key}, no`, code: 'wrong' })
    const error: unknown = await client()
      .run({ inputs: TEXT })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining('Not with ***, no') as string })
    expect(inspect(error, { depth: 9 })).not.toContain(bed.app.key)
  })

  it('without a known code is an error of the service', async () => {
    await bed.fault({ kind: 'error_event' })
    await expect(client().run({ inputs: TEXT })).rejects.toMatchObject({ code: 'OPT-DIFY-001' })
    expect(await begun()).toBe(1)
  })
})
