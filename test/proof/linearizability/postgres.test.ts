import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/index.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { POSTGRES_LEFT_OUT, startPostgres } from '../../support/postgres.js'
import { SEED } from '../../support/random.js'
import { Program } from '../crash/process.mjs'
import { Random } from '../crash/random.mjs'
import { digestOf } from '../crash/documents.mjs'
import { promptModel, type PromptOperation } from './prompt-model.mjs'
import { explain } from './search.mjs'

const CLIENT = fileURLToPath(new URL('postgres-client.mjs', import.meta.url))
const KILLS = Number(process.env['HOLDFAST_POSTGRES_KILLS'] ?? 4)
const PROCESSES = 8
const PLACES = 400
const VERSIONS_AT_ONCE = 200
const LONG_MS = 1_200_000

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

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('PostgreSQL', () => {
  it(
    `keeps what eight processes were told, in an order that explains all calls, while the server is killed ${KILLS} times`,
    { timeout: LONG_MS },
    async () => {
      console.log(`seed ${SEED}`)
      const random = new Random(SEED, 'postgres')
      const server = await startPostgres()
      const url = await server.createDatabase('prompts')
      const storage = await PostgresStorage.open({ url, staleMs: 0, connectTimeoutMs: 60_000 })
      const numbers = Array.from({ length: PLACES }, (_, at) => `1.0.${at + 1}`)
      for (let at = 0; at < PLACES; at += VERSIONS_AT_ONCE) {
        const some = numbers.slice(at, at + VERSIONS_AT_ONCE)
        await storage.saveVersions(some.map((version) => sampleVersion('p', version)))
      }
      const calls = new Map<string, { readonly call: Message; ret?: Message }>()
      const moves: Move[] = []
      const unsure = new Set<string>()
      const note = (message: Message | Move): void => {
        if (message.type === 'moved') moves.push(message as Move)
        if (message.type === 'unsure') unsure.add((message as Move).by)
        if (message.type === 'call')
          calls.set((message as Message).call, { call: message as Message })
        const known = message.type === 'return' ? calls.get((message as Message).call) : undefined
        if (known !== undefined) known.ret = message as Message
      }
      const programs = Array.from({ length: PROCESSES }, (_, at) => {
        const plan = { name: `process-${at}`, url, seed: SEED, places: PLACES }
        return new Program(CLIENT, [JSON.stringify(plan)], note)
      })
      await Promise.all(programs.map(async (program) => await program.message('ready')))
      for (let kill = 1; kill <= KILLS; kill++) {
        await sleep(random.integer(200, 1500))
        await server.kill()
        await sleep(random.integer(0, 300))
        await server.start()
        for (const program of programs) program.command(String(kill))
      }
      await sleep(1000)
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
      const others = history
        .filter((_, at) => !acknowledged.has(at + 1))
        .map(({ by }) => String(by))
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
        `${KILLS} kills, ${made.length} calls, ${none} of them failed with nothing changed, ${unknown} with an unknown outcome; ` +
          `${histories.size} histories; ${history.length} moves, ${moves.length} acknowledged, ${unsure.size} unknown`,
      )
      await storage.close()
    },
  )
})

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
