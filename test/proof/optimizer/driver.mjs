// Searches over the simulated model, through HTTP only: what the proofs and the tests run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { containsEvaluator } from '../../../dist/optimizer/evaluation/text-evaluators.js'
import { OpenAiChatModel } from '../../../dist/optimizer/llm/open-ai-model.js'
import { modelProposer } from '../../../dist/optimizer/search/model-proposer.js'
import { search } from '../../../dist/optimizer/search/search.js'

const BED = join(import.meta.dirname, '../../beds/simulated-model.mjs')
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Starts the simulated model in a process of its own. @param {number} delayMs how long each answer takes */
export async function startModel(delayMs = 0) {
  const child = spawn(process.execPath, [BED, String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return {
    port: Number(String(line)),
    stop: async () => {
      if (child.exitCode !== null) return
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

/** One world of the simulated model: a family and a seed. */
export function worldAt(port, family, seed) {
  const base = `/${family}/${seed}`
  return {
    family,
    seed,
    url: `http://127.0.0.1:${port}${base}/v1`,
    get: async (path) => await exchange(port, 'GET', `${base}/${path}`),
    post: async (path, body) => await exchange(port, 'POST', `${base}/${path}`, body),
  }
}

async function exchange(port, method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        headers: { 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString())
          if (response.statusCode === 200) resolve(answer)
          else reject(new Error(`${path}: ${JSON.stringify(answer)}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}

const evaluator = containsEvaluator({ type: 'contains' })

/**
 * Runs a case on the world and scores it. A worker model answers one prompt; several are a workflow.
 * @param ledger records each answer, if there is one
 */
export function evaluateOn(world, worker, ledger) {
  return async (candidate, testCase, { repeat, attempt, signal }) => {
    const names = Object.keys(candidate)
    const request = { texts: candidate, inputs: testCase.inputs, repeat }
    const run = async () => await world.post('run', request)
    const { outputs, traces } =
      names.length === 1
        ? await askWorker(
            ledger?.model(worker, { repeat, attempt }) ?? worker,
            candidate[names[0]],
            testCase,
            { repeat, signal },
          )
        : ledger === undefined
          ? await run()
          : await ledger.run(
              {
                kind: 'workflow',
                request: { workflow_id: world.family, ...request },
                repeat,
                attempt,
              },
              { perform: async () => ({ answer: await run() }) },
              signal,
            )
    const { score, feedback } = await evaluator.evaluate({ outputs, testCase })
    const { id: case_id, inputs } = testCase
    return { case_id, inputs, score, feedback, traces, outputs, tokens: 0, cost: 0, seconds: 0 }
  }
}

async function askWorker(worker, text, { inputs }, { repeat, signal }) {
  const messages = [
    { role: 'system', content: text },
    { role: 'user', content: inputs.text },
  ]
  const { name: model } = worker
  const answer = await worker.complete(
    { model, messages, seed: repeat, max_tokens: 500 },
    { signal },
  )
  return { outputs: { text: answer.text }, traces: [] }
}

/**
 * As `modelsOf`, with a plain client for the many answers: it opens no connection twice, and takes a third of the time.
 */
export function quickModelsOf(world) {
  return {
    ...modelsOf(world),
    worker: {
      name: 'worker',
      complete: async (asked) => {
        const { choices, model } = await world.post('v1/chat/completions', asked)
        return { text: choices[0].message.content, finish_reason: 'stop', model }
      },
    },
  }
}

/** The models of a world: what answers, and what proposes. */
export function modelsOf(world) {
  return {
    worker: new OpenAiChatModel({ baseUrl: world.url, model: 'worker' }),
    writer: new OpenAiChatModel({ baseUrl: world.url, model: 'writer' }),
  }
}

/** One search; the result, and for each candidate that became the best, after how many calls. */
export async function searchOn(world, { algorithm, calls, models = modelsOf(world), ...options }) {
  const [seed, train, validation] = await Promise.all(
    ['seed', 'cases/train', 'cases/validation'].map((path) => world.get(path)),
  )
  const bests = []
  const result = await search({
    algorithm,
    seed,
    train,
    validation,
    budget: { calls },
    evaluate: evaluateOn(world, models.worker),
    proposer: modelProposer(models.writer),
    randomSeed: world.seed,
    concurrency: 8,
    onEvent: (event) => {
      if (event.type === 'accepted') bests.push({ member: event.member, calls: event.calls })
    },
    ...options,
  })
  return { result, bests }
}
