import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll } from 'vitest'
import { tempDirectory } from './temp.js'

const BED = join(import.meta.dirname, '../beds/simulated-model.mjs')

/** A running simulated model: test/beds/simulated-model.mjs in a process of its own. */
export interface SimulatedModel {
  readonly origin: string
  readonly get: (path: string) => Promise<unknown>
}

/** Starts the simulated model until the tests of the file have ended. */
export async function startSimulatedModel(delayMs = 0): Promise<SimulatedModel> {
  const child = spawn(process.execPath, [BED, String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  afterAll(async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const origin = `http://127.0.0.1:${line}`
  return {
    origin,
    get: async (path) => await (await fetch(`${origin}/${path}`)).json(),
  }
}

/** The files of a run on one world of the simulated model. */
export interface SimulatedRun {
  readonly directory: string
  /** The path of the configuration. */
  readonly config: string
  /** The file of Dify. */
  readonly workflow: string
  /** How many requests the world has had, in all and by the set of cases. */
  readonly counts: () => Promise<Readonly<Record<string, number>>>
}

/** The number of a world's prompts is one: its workflow has one LLM node. */
export async function simulatedRun(
  { origin, get }: SimulatedModel,
  world: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<SimulatedRun> {
  const directory = await tempDirectory()
  const [text = ''] = Object.values((await get(`${world}/seed`)) as Record<string, string>)
  const workflow = join(directory, 'shop.yml')
  await writeFile(workflow, workflowText(text))
  for (const set of ['train', 'validation', 'held_out']) {
    const cases = (await get(`${world}/cases/${set}`)) as readonly unknown[]
    await writeFile(
      join(directory, `${set}.jsonl`),
      cases.map((each) => `${JSON.stringify(each)}\n`).join(''),
    )
  }
  const model = (name: string): object => ({
    base_url: `${origin}/${world}/v1`,
    model: name,
    price: { prompt_per_million: 1, completion_per_million: 4 },
  })
  const config = join(directory, 'run.json')
  await writeFile(
    config,
    JSON.stringify({
      workflow: 'shop.yml',
      prompts: ['shop_llm_0'],
      task: 'Answers customers of a shop.',
      target: { type: 'model', model: 'worker', max_tokens: 500 },
      models: { worker: model('worker'), writer: model('writer') },
      proposer: { model: 'writer' },
      data: { train: 'train.jsonl', validation: 'validation.jsonl', held_out: 'held_out.jsonl' },
      evaluators: [{ type: 'contains' }],
      search: { seed: 1 },
      budget: { calls: 400 },
      ...settings,
    }),
  )
  const counts = async (): Promise<Readonly<Record<string, number>>> => {
    const log = (await get(`${world}/log`)) as { readonly counts: Record<string, number> }
    return log.counts
  }
  return { directory, config, workflow, counts }
}

/** An export of Dify with comments, and one LLM node with two messages. */
function workflowText(text: string): string {
  const lines = text.split('\n').map((line) => `            ${line}`)
  return `# The answers of the shop.
app:
  name: shop
  mode: workflow
kind: app
version: 0.1.5
workflow:
  graph:
    edges:
    - {id: a, source: start, target: llm}
    - {id: b, source: llm, target: end}
    nodes:
    - id: start
      data: {type: start, title: Start, variables: [{variable: text, type: paragraph}]}
    - id: llm
      data:
        type: llm
        title: Answer
        model: {provider: simulated, name: worker, mode: chat}
        prompt_template:
        - role: system
          # What the customers read.
          text: |-
${lines.join('\n')}
        - role: user
          text: '{{#start.text#}}'
    - id: end
      data:
        type: end
        title: End
        outputs: [{variable: text, value_selector: [llm, text]}]
`
}
