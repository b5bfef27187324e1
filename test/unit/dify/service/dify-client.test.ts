import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { DifyClient, type RunRequest } from '../../../../src/dify/service/index.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'

const EXAMPLES = readdirSync(join(import.meta.dirname, '../../../../examples/dify')).filter(
  (name) => name.endsWith('.yml'),
)
const TEXT = {
  source_lang: 'English',
  target_lang: 'Spanish',
  source_text: 'Hello',
  country: 'Mexico',
}

function clientOf(bed: SimulatedDify, name?: string): DifyClient {
  const app = bed.addresses.apps.find((one) => one.name === name) ?? bed.app
  return new DifyClient({ baseUrl: bed.url, apiKey: app.key, retry: { delayMs: 1 }, pollMs: 5 })
}

describe('a run', () => {
  let bed: SimulatedDify
  beforeAll(async () => {
    bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  })

  it('has the outputs, the tokens, the exact price, and what each node was sent', async () => {
    const outcome = await clientOf(bed).run({ inputs: TEXT })
    expect(outcome).toMatchObject({
      status: 'succeeded',
      workflow_id: bed.app.workflow_id,
      known_by: 'stream',
      traces_complete: true,
      attempts: 1,
      currency: 'USD',
    })
    const models = outcome.traces.filter(({ node_type: type }) => type === 'llm')
    expect(models.length).toBeGreaterThan(1)
    for (const { prompts, total_tokens: tokens } of models) {
      expect(prompts.map(({ role }) => role)).toContain('system')
      expect(tokens).toBeGreaterThan(0)
    }
    // The variables of the prompt are filled in.
    expect(JSON.stringify(models[0]?.prompts)).toContain('Hello')
    const micros = models.map(({ total_price: price }) => Math.round(Number(price) * 1e6))
    const sum = micros.reduce((one, other) => one + other, 0)
    expect(Math.round(Number(outcome.total_price) * 1e6)).toBe(sum)
    expect(outcome.total_tokens).toBe(models.reduce((total, one) => total + one.total_tokens, 0))
  })

  it('is streamed, and belongs to the user of the request', async () => {
    await bed.clear()
    await clientOf(bed).run({ inputs: TEXT, user: 'tester' })
    const [request] = await bed.requests()
    expect(request?.body).toMatchObject({ response_mode: 'streaming', user: 'tester' })
  })

  it('runs the version that is named, so that two versions run side by side', async () => {
    const client = clientOf(bed)
    const named = await client.run({ workflowId: bed.app.workflow_id, inputs: TEXT })
    expect(named.workflow_id).toBe(bed.app.workflow_id)
    await expect(client.run({ workflowId: 'other', inputs: TEXT })).rejects.toMatchObject({
      code: 'OPT-DIFY-005',
      context: { reason: 'invalid_param', status: 400 },
    })
  })

  it('says what it is called as soon as that is known, and waits for the answer', async () => {
    const seen: string[] = []
    const outcome = await clientOf(bed).run({
      inputs: TEXT,
      onStarted: async ({ run_id: id, task_id: task }) => {
        await Promise.resolve()
        seen.push(id, task)
      },
    })
    expect(seen).toEqual([outcome.run_id, outcome.task_id])
  })

  it('is told to stop when the program that waits for it fails', async () => {
    await bed.fault({ kind: 'slow', ms: 10_000 })
    const failing = clientOf(bed).run({
      inputs: TEXT,
      onStarted: () => Promise.reject(new Error('the disk is full')),
    })
    await expect(failing).rejects.toThrow('the disk is full')
    expect((await bed.runs()).at(-1)?.status).toBe('stopped')
  })

  it('that Dify reports as failed is an outcome, though HTTP says 200', async () => {
    const [start] = await clientOf(bed)
      .run({ inputs: TEXT })
      .then(({ traces }) => traces.filter(({ node_type: type }) => type === 'llm'))
    await bed.fault({ kind: 'failed', node: start?.node_id })
    const outcome = await clientOf(bed).run({ inputs: TEXT })
    expect(outcome).toMatchObject({ status: 'failed', error: 'Simulated failure' })
    expect(outcome.traces.at(-1)).toMatchObject({ status: 'failed', error: 'Simulated failure' })
  })

  it('is read through keep-alives, unknown events, and pieces that end inside of characters', async () => {
    await bed.fault({ kind: 'pings' }, { kind: 'unknown_events' }, { kind: 'split' })
    const outcome = await clientOf(bed).run({ inputs: { ...TEXT, source_text: '完蛋！🤖' } })
    expect(outcome.status).toBe('succeeded')
    expect(JSON.stringify(outcome.traces)).toContain('完蛋！🤖')
  })

  it('can be looked up by its id, now and when it has ended', async () => {
    const client = clientOf(bed)
    const { run_id: id, outputs } = await client.run({ inputs: TEXT })
    expect(await client.getRun(id)).toMatchObject({ status: 'succeeded', inputs: TEXT, outputs })
    const again = await client.resume(id)
    expect(again).toMatchObject({
      run_id: id,
      status: 'succeeded',
      outputs,
      traces_complete: false,
    })
    await expect(client.getRun('none')).rejects.toMatchObject({ code: 'OPT-DIFY-005' })
    await expect(client.resume('none')).rejects.toMatchObject({ code: 'OPT-DIFY-005' })
  })

  it('refuses misspelt options', async () => {
    const request = { inputs: TEXT, workflowid: 'x' } as RunRequest
    await expect(clientOf(bed).run(request)).rejects.toThrow('did you mean "workflowId"?')
  })
})

describe('a client', () => {
  it('has at most that many runs under way, in the order of the calls', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'], max_active_requests: 2 })
    const refused: string[] = []
    const client = new DifyClient({
      baseUrl: bed.url,
      apiKey: bed.app.key,
      concurrency: 2,
      onRetry: ({ code }) => refused.push(code),
    })
    const runs = Array.from({ length: 6 }, async () => await client.run({ inputs: TEXT }))
    const outcomes = await Promise.all(runs)
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'))
    expect(refused).toEqual([])
  })

  it('says what the app is, and what it needs', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const client = clientOf(bed)
    expect(await client.info()).toMatchObject({ name: 'translation_workflow', mode: 'workflow' })
    expect(JSON.stringify(await client.parameters())).toContain('source_text')
  })

  it('uploads files', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const content = Buffer.from('a page')
    const file = await clientOf(bed).upload('page.txt', content, { type: 'text/plain' })
    expect(file).toMatchObject({ name: 'page.txt', size: 6, mime_type: 'text/plain' })
    const large = new Uint8Array(15 * 1024 * 1024 + 1)
    await expect(clientOf(bed).upload('large.bin', large)).rejects.toMatchObject({
      code: 'OPT-DIFY-005',
      context: { status: 413, reason: 'file_too_large' },
    })
  })

  it('keeps its key out of messages, contexts and what is printed of it', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const client = new DifyClient({ baseUrl: bed.url, apiKey: 'app-secret-key' })
    // The bed repeats the header that it was sent.
    const error = await client.run({ inputs: TEXT }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'OPT-DIFY-004', context: { status: 401 } })
    expect(inspect(error, { depth: 9 }) + inspect(client, { depth: 9 })).not.toContain('secret-key')
  })
})

describe('an app', () => {
  it('of each example is executed node by node', async () => {
    const bed = await simulatedDify({ files: EXAMPLES })
    for (const app of bed.addresses.apps) {
      const client = clientOf(bed, app.name)
      const run =
        app.mode === 'workflow'
          ? await client.run({ inputs: await inputsOf(client) })
          : (await client.chat({ query: '你好 1', inputs: await inputsOf(client) })).run
      expect(run, app.name).toMatchObject({ status: 'succeeded' })
      expect(run?.traces.length, app.name).toBeGreaterThan(1)
    }
    expect(bed.addresses.apps).toHaveLength(12)
  })

  it('that is a chatflow answers in pieces, with the run behind it', async () => {
    const bed = await simulatedDify({ files: ['Artifact.yml'], model: { rule: 'echo' } })
    const outcome = await clientOf(bed).chat({
      query: 'A question',
      workflowId: bed.app.workflow_id,
    })
    expect(outcome.answer).toContain('A question')
    expect(outcome.run).toMatchObject({ status: 'succeeded', known_by: 'stream' })
    expect(outcome.conversation_id).not.toBe('')
    expect(outcome.usage_known).toBe(true)
  })
})

/** A value for each required input. */
async function inputsOf(client: DifyClient): Promise<Record<string, unknown>> {
  const { user_input_form: form } = await client.parameters()
  const inputs = (form as Record<string, Input>[]).flatMap((one) => Object.entries(one))
  return Object.fromEntries(
    inputs.map(([type, { variable, options }]) => [
      variable,
      type === 'number' ? 1 : (options?.[0] ?? 'A text'),
    ]),
  )
}

interface Input {
  readonly variable: string
  readonly options?: readonly string[]
}
