import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { VersionStore } from '../../../src/index.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { SEED } from '../../support/random.js'
import { digestOf } from '../crash/documents.mjs'
import { Program } from '../crash/process.mjs'
import { Random } from '../crash/random.mjs'
import { promptModel, type PromptOperation } from './prompt-model.mjs'
import { explain } from './search.mjs'

const CLIENT = fileURLToPath(new URL('source-client.mjs', import.meta.url))
const PROCESSES = 8
const VERSIONS_AT_ONCE = 200

/** A storage whose server is killed. */
export interface ServedStorage {
  /** How a client opens it. */
  readonly plan: { readonly storage: 'bucket' | 'postgres'; readonly options: object }
  readonly storage: VersionStore
  kill(): Promise<void>
  /** Starts the server again, at the same place. */
  start(): Promise<void>
}

export interface HistoryPlan {
  readonly name: string
  readonly kills: number
  /** How far the label moves at most. */
  readonly places: number
  /** How long the server is there, at most, before it is killed again. */
  readonly workMs: number
}

interface Message {
  readonly type: string
  readonly call: string
  readonly at: number
  readonly prompt: string
  readonly kind: string
  readonly outcome?: string
  readonly answer?: unknown
}

interface Move {
  readonly type: string
  readonly place: number
  readonly by: string
  readonly calledAt: number
  readonly returnedAt: number
}

/**
 * Lets processes work on the storage while its server is killed and started again, and searches an order of all calls
 * that explains what they were told.
 */
export async function checkHistories(
  served: ServedStorage,
  { name, kills, places, workMs }: HistoryPlan,
): Promise<void> {
  console.log(`seed ${SEED}`)
  const { storage } = served
  const random = new Random(SEED, name)
  const numbers = Array.from({ length: places }, (_, at) => `1.0.${at + 1}`)
  for (let at = 0; at < places; at += VERSIONS_AT_ONCE) {
    const some = numbers.slice(at, at + VERSIONS_AT_ONCE)
    await storage.saveVersions(some.map((version) => sampleVersion('p', version)))
  }
  const calls = new Map<string, { readonly call: Message; ret?: Message }>()
  const moves: Move[] = []
  const unsure = new Set<string>()
  const note = (message: Message | Move): void => {
    if (message.type === 'moved') moves.push(message as Move)
    if (message.type === 'unsure') unsure.add((message as Move).by)
    if (message.type === 'call') calls.set((message as Message).call, { call: message as Message })
    const known = message.type === 'return' ? calls.get((message as Message).call) : undefined
    if (known !== undefined) known.ret = message as Message
  }
  const programs = Array.from({ length: PROCESSES }, (_, at) => {
    const plan = { name: `process-${at}`, ...served.plan, seed: SEED, places }
    return new Program(CLIENT, [JSON.stringify(plan)], note)
  })
  await Promise.all(programs.map(async (program) => await program.message('ready')))
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(random.integer(200, workMs))
    await served.kill()
    await sleep(random.integer(0, 300))
    await served.start()
    for (const program of programs) program.command(String(kill))
  }
  await sleep(workMs)
  for (const program of programs) program.command('stop')
  await Promise.all(programs.map(async (program) => await program.ended))
  expect(programs.map(({ failure }) => failure)).toEqual(programs.map(() => undefined))

  // What is there in the end settles what was not known.
  const histories = historiesOf(calls.values())
  for (const [prompt, operations] of histories) {
    const at = Number(process.hrtime.bigint())
    const found = await storage.listVersions(prompt)
    const answer = found.map(({ version }) => version)
    operations.push({
      kind: 'names',
      answer,
      call: at,
      ret: at + 1,
    })
    for (const document of found)
      operations.push({
        kind: 'get',
        version: document.version,
        answer: digestOf(document).slice(0, 12),
        call: at,
        ret: at + 1,
      })
    const { explained, stuck } = explain(operations, promptModel)
    expect({ prompt, explained, stuck: explained ? [] : stuck }).toEqual({
      prompt,
      explained: true,
      stuck: [],
    })
  }
  const history = await new PromptRegistry({ storage }).labelHistory('p', 'production')
  const reached = numbers.slice(0, history.length)
  expect(history.map(({ to }) => to)).toEqual(reached)
  expect(history.map(({ from }) => from)).toEqual([null, ...reached.slice(0, -1)])
  for (const { place, by } of moves) expect(history[place - 1]?.by).toBe(by)
  const acknowledged = new Set(moves.map(({ place }) => place))
  expect(acknowledged.size).toBe(moves.length)
  const others = history.filter((_, at) => !acknowledged.has(at + 1)).map(({ by }) => String(by))
  expect(others.filter((by) => !unsure.has(by))).toEqual([])
  let latestCall = 0
  for (const { calledAt, returnedAt } of moves.toSorted((a, b) => a.place - b.place)) {
    expect(returnedAt).toBeGreaterThan(latestCall)
    latestCall = Math.max(latestCall, calledAt)
  }
  const made = [...calls.values()]
  const none = made.filter(({ ret }) => ret?.outcome === 'none').length
  const unknown = made.filter(({ ret }) => ret === undefined).length
  console.log(
    `${kills} kills, ${made.length} calls, ${none} of them failed with nothing changed, ${unknown} with an unknown outcome; ` +
      `${histories.size} histories; ${history.length} moves, ${moves.length} acknowledged, ${unsure.size} unknown`,
  )
}

/** By prompt. What has changed nothing, and questions without an answer, are left out. */
function historiesOf(
  calls: Iterable<{ readonly call: Message; readonly ret?: Message }>,
): Map<string, PromptOperation[]> {
  const histories = new Map<string, PromptOperation[]>()
  for (const { call, ret } of calls) {
    const { type: _type, call: id, at, ...asked } = call
    const isChange = asked.kind === 'save' || asked.kind === 'delete'
    if (ret?.outcome === 'none' || (ret === undefined && !isChange)) continue
    const returned =
      ret === undefined ? {} : { ret: ret.at, outcome: ret.outcome, answer: ret.answer }
    const own = histories.get(asked.prompt) ?? []
    histories.set(asked.prompt, own)
    own.push({ id, ...asked, call: at, ...returned } as unknown as PromptOperation)
  }
  return histories
}
