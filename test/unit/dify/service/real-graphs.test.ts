import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRecord } from '../../../../src/base/values.js'
import { DifyClient, DifyConsole, type RunOutcome } from '../../../../src/dify/service/index.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { EXPECTED, EXTRA } from '../dify-files.js'

/**
 * The files that Dify does not run to the end, by a part of their path, and why: judged by hand. `==` is not an operator
 * of Dify, and the outputs of a code node are a mapping; later states of the same files have that right. The files
 * `broken-…` are wrong on purpose.
 */
const FAILING: Readonly<Record<string, string>> = {
  'agent-chatflow@2026-05-22': 'Variable 1718007000001.sys.query not found',
  'conditional-routing@': "comparison_operator: Input should be one of Dify's, not '=='",
  'error-handling@': 'outputs: Input should be a valid dictionary',
  'webhook-triggered@': 'outputs: Input should be a valid dictionary',
  'broken-agent-parameters': 'agent_parameters: Input should be a valid dictionary',
  'broken-human-input-duplicate-actions': "duplicated output_variable_name 'comment' in inputs",
  'broken-trigger-webhook-body': 'body: Input should be a valid list',
  'min-rag-pipeline': 'variable_selector: Field required',
}
/** What the code nodes of `knowledge-base-ingestion.yml` return for a file of the expected kind; that code needs Python. */
const STAND_INS = {
  '1776841038892': { is_valid_format: true, target_year_month: '2026-05', error_message: '' },
  '1776841279803': { exists: true, exisitng_doc_id: 'd1', error_message: '' },
}
/** The file that PyYAML refuses. */
const NOT_IMPORTED = 'Formyselfonly+Awesome-Dify-Workflow-EN/Workflow-Store/chatbot.yml'
/** Runs whose end nodes name no outputs, that reach none, or that answer in the mode of a workflow. */
const WITHOUT_OUTPUTS =
  /adoviser_bot|GuardDutyHandler|broken-(?:question-classifier-routing|selector|trigger-schedule-cron)/

/** What nodes of the less frequent types make of their inputs. */
const OUTPUTS: Readonly<Record<string, object>> = {
  // Of [1, 2], which stand for what the code returns, in order, at most two.
  'list-operator-workflow': { items: [1, 2] },
  'broken-list-operator-limit': { items: [] },
  'iteration-template-transform-workflow': { output: ['output: 1', 'output: 2'] },
  // The loop counts to 2, and ends where its end node is reached.
  'loop-assigner-workflow': { num: 2 },
  'human-input-approval-workflow': { comment: 'fine' },
  'trigger-schedule-http-workflow': { status_code: 200 },
  'parameter-extractor-routing-workflow': { city: 'hello', budget: 0 },
  'branching-if-else-workflow': { route: 'hello' },
}

interface OutsideRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const requests: OutsideRequest[] = []
const outside = createServer((request, response) => {
  const pieces: Buffer[] = []
  request
    .on('data', (piece: Buffer) => pieces.push(piece))
    .on('end', () => {
      const { method = '', headers } = request
      requests.push({ method, headers, body: Buffer.concat(pieces).toString() })
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"answer":"from the outside"}')
    })
})
let bed: SimulatedDify
let dify: DifyConsole

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  const { port } = outside.address() as AddressInfo
  bed = await simulatedDify({ outside: `http://127.0.0.1:${port}/`, stand_ins: STAND_INS })
  const { console: baseUrl, token: accessToken, csrf: csrfToken } = bed.addresses
  dify = new DifyConsole({ baseUrl, accessToken, csrfToken })
})
afterAll(() => {
  outside.close()
})

describe('the real workflows on the simulated Dify', () => {
  it.each(EXPECTED.map(({ file }) => file).filter((file) => file !== NOT_IMPORTED))(
    '%s is imported and runs to its end, or fails with the reason that it has',
    async (file) => {
      const { answer, run } = await runFile(file)
      const failing = Object.entries(FAILING).find(([part]) => file.includes(part))
      if (failing !== undefined) {
        expect(run).toMatchObject({ status: 'failed', error: failing[1] })
        return
      }
      if (run === undefined) {
        expect(answer).toMatch(/digest: [0-9a-f]{12}/)
        return
      }
      expect(run.error).toBeUndefined()
      // A run that ended before it was followed again sends its end alone.
      const traces_complete = !file.includes('human-input')
      expect(run).toMatchObject({ status: 'succeeded', traces_complete })
      const hasOutputs = answer === '' ? Object.keys(run.outputs).length > 0 : true
      expect(hasOutputs).toBe(!WITHOUT_OUTPUTS.test(file))
      const outputs = Object.entries(OUTPUTS).find(([part]) => file.includes(part))
      if (outputs !== undefined) expect(run.outputs).toEqual(outputs[1])
      for (const { node_type: type, prompts } of run.traces)
        if (type === 'llm') expect(prompts.length).toBeGreaterThan(0)
    },
  )

  it('are all but the one that PyYAML refuses', async () => {
    const text = readFileSync(join(EXTRA, NOT_IMPORTED), 'utf8')
    await expect(dify.importApp(text)).rejects.toMatchObject({
      code: 'OPT-DIFY-005',
      message: expect.stringContaining('line 223, column 11'),
    })
  })

  it('send their requests to a real server, with what their nodes have filled in', () => {
    const urls = requests.map(({ headers }) => headers['x-simulated-url'])
    expect(urls).toContain('https://example.com/health')
    expect(urls).toContain('https://example.com/hello')
    const posted = requests.find(({ method }) => method === 'POST')
    expect(posted?.headers['content-type']).toBe('application/json')
    expect(() => JSON.parse(posted?.body ?? '') as unknown).not.toThrow()
  })
})

/** What a file answers: an app with a graph has a run. A run that waits for a person gets the first action. */
async function runFile(
  file: string,
): Promise<{ readonly answer: string; readonly run: RunOutcome | undefined }> {
  // What its author tells users to fill in.
  const text = readFileSync(join(EXTRA, file), 'utf8').replaceAll('<your-dify-domain>', 'e.org')
  const app = await dify.importApp(text)
  await dify.publish(app.app_id)
  const apiKey = await dify.createKey(app.app_id)
  const client = new DifyClient({ baseUrl: bed.url, apiKey })
  const inputs = await inputsOf(client)
  if (app.mode !== 'workflow') {
    const { answer, run } = await client.chat({ query: 'Say hello to the world', inputs })
    return { answer, run }
  }
  const run = await client.run({ inputs })
  if (run.status === 'paused') await approve(run.run_id, apiKey)
  return { answer: '', run: run.status === 'paused' ? await client.resume(run.run_id) : run }
}

async function inputsOf(client: DifyClient): Promise<Record<string, unknown>> {
  const { user_input_form: form } = await client.parameters()
  const inputs: Record<string, unknown> = {}
  for (const field of Array.isArray(form) ? form : [])
    for (const [type, input] of Object.entries(isRecord(field) ? field : {})) {
      const { variable, options } = input as { variable: string; options?: readonly string[] }
      inputs[variable] = await valueFor(client, { type, variable, options })
    }
  return inputs
}

async function valueFor(
  client: DifyClient,
  input: { type: string; variable: string; options: readonly string[] | undefined },
): Promise<unknown> {
  if (input.type === 'number') return 3
  if (input.type === 'file') {
    const { id } = await client.upload('usage.csv', Buffer.from('name,count\na,1\n'), {
      type: 'text/csv',
    })
    return { type: 'custom', transfer_method: 'local_file', upload_file_id: id }
  }
  if (/url/i.test(input.variable)) return 'https://example.com/hello'
  return input.options?.[0] ?? 'hello'
}

/** Submits the form of a paused run, and a second time in vain. */
async function approve(runId: string, apiKey: string): Promise<void> {
  const paused = (await bed.runs()).find(({ id }) => id === runId)
  expect(paused?.status).toBe('paused')
  const form = `${bed.url}/form/human_input/${paused?.form_token}`
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
  }
  const submit = async (action: string): Promise<number> => {
    const body = JSON.stringify({ inputs: { comment: 'fine' }, action })
    return (await fetch(form, { method: 'POST', headers, body })).status
  }
  expect(await submit('no-such-action')).toBe(400)
  expect(await submit('approve')).toBe(200)
  expect(await submit('approve')).toBe(412)
}
