import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../../src/base/errors.js'
import { FileSystemStorage } from '../../../../src/index.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import type { LedgerWork } from '../../../../src/optimizer/ledger/ledger-options.js'
import { SqliteStorage } from '../../../../src/sqlite/index.js'
import { answeringModel } from '../../../support/chat-model.js'
import { tempDirectory } from '../../../support/temp.js'
import { inMemory, opened, request } from './ledgers.js'

const STORAGES = {
  memory: async () => await Promise.resolve(inMemory()),
  files: async () =>
    await FileSystemStorage.open<LedgerDocument>({
      storageDir: await tempDirectory(),
      schema: ledgerSchema,
    }),
  sqlite: async () =>
    await SqliteStorage.open<LedgerDocument>({
      file: join(await tempDirectory(), 'ledger.sqlite'),
      schema: ledgerSchema,
    }),
} as const

describe.each(Object.entries(STORAGES))('a ledger in %s', (_, open) => {
  it('asks once, in whatever process it is asked again', async () => {
    const storage = await open()
    const model = answeringModel(({ messages }) => `re: ${messages[0]?.content}`)
    const first = await Ledger.open({ storage, run: 'r' })
    const answer = await first.model(model).complete(request('a'))
    await Promise.all([
      first.model(model).complete(request('b')),
      first.model(model).complete(request('b')),
    ])
    const report = first.report()
    await first.close()
    const second = await Ledger.open({ storage, run: 'r' })
    expect(await second.model(model).complete(request('a'))).toEqual(answer)
    expect(await second.model(model).complete(request('b'))).toMatchObject({ text: 're: b' })
    expect(model.requests).toHaveLength(2)
    expect(second.report()).toEqual({ ...report, sessions: 2 })
    await second.close()
    await storage.close()
  })
})

describe('requests', () => {
  it('that are equal have one answer for each repeat and attempt', async () => {
    const ledger = await opened()
    const model = answeringModel((_, asked) => `answer ${asked}`)
    const ask = async (repeat: number, attempt: number): Promise<string> =>
      (await ledger.model(model, { repeat, attempt }).complete(request('a'))).text
    expect(await ask(0, 0)).toBe('answer 1')
    expect(await ask(1, 0)).toBe('answer 2')
    expect(await ask(0, 1)).toBe('answer 3')
    expect(await ask(1, 0)).toBe('answer 2')
    expect(ledger.report().requests).toMatchObject({ different: 3, sent: 3, answered: 3 })
  })

  it('that fail have the failure as their outcome, until failures are retried', async () => {
    const storage = inMemory()
    let isDown = true
    const model = answeringModel(() => {
      if (isDown) throw new HoldfastError('OPT-LLM-006', 'the endpoint failed')
      return 'up'
    })
    const ledger = await Ledger.open({ storage, run: 'r' })
    const failure = { code: 'OPT-LLM-006', message: 'the endpoint failed' }
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject(failure)
    isDown = false
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject(failure)
    expect(model.requests).toHaveLength(1)
    expect(ledger.report().requests).toMatchObject({ failed: 1, answered: 0 })
    await ledger.close()
    const again = await Ledger.open({ storage, run: 'r', retryFailures: true })
    expect(await again.model(model).complete(request('a'))).toMatchObject({ text: 'up' })
    expect(again.report().requests).toMatchObject({ failed: 0, answered: 1, repeated: 1 })
  })

  it('that failed for a wrong key are sent again by the next process, and cost nothing', async () => {
    const storage = inMemory()
    let key = 'wrong'
    const model = answeringModel(() => {
      if (key === 'wrong') throw new HoldfastError('OPT-LLM-009', 'a wrong key')
      return 'welcome'
    })
    const ledger = await Ledger.open({ storage, run: 'r', budget: { calls: 9, tokens: 1000 } })
    const refused = ledger.model(model).complete(request('a'))
    await expect(refused).rejects.toMatchObject({ code: 'OPT-LLM-009' })
    expect(ledger.left.tokens).toBe(1000)
    await ledger.close()
    const replay = await Ledger.open({ storage, run: 'r', mode: 'replay' })
    const replayed = replay.model(model).complete(request('a'))
    await expect(replayed).rejects.toMatchObject({ code: 'OPT-LLM-009' })
    key = 'right'
    const again = await Ledger.open({ storage, run: 'r' })
    expect(await again.model(model).complete(request('a'))).toMatchObject({ text: 'welcome' })
    expect(again.report().requests).toMatchObject({ sent: 2, answered: 1, failed: 0 })
    await again.close()
  })

  it('that were aborted have no outcome, and are sent again', async () => {
    const storage = inMemory()
    const controller = new AbortController()
    const model = answeringModel((_, asked) => {
      if (asked === 1) {
        controller.abort(new Error('enough'))
        throw new HoldfastError('OPT-LLM-002', 'aborted')
      }
      return 'done'
    })
    const ledger = await Ledger.open({ storage, run: 'r' })
    const asked = ledger.model(model).complete(request('a'), { signal: controller.signal })
    await expect(asked).rejects.toThrow('enough')
    expect(ledger.report().requests).toMatchObject({ open: 1, sent: 1 })
    expect(await ledger.model(model).complete(request('a'))).toMatchObject({ text: 'done' })
    expect(ledger.report().requests).toMatchObject({ open: 0, sent: 2, repeated: 1 })
  })

  it('whose intent cannot be kept are not sent', async () => {
    const storage = inMemory()
    const ledger = await Ledger.open({ storage, run: 'r' })
    await storage.close()
    const model = answeringModel(() => 'x')
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject({
      code: 'FS-CLOSED-001',
    })
    expect(model.requests).toHaveLength(0)
  })

  it('have no outcome when what they are called cannot be kept: the storage failed, and not they', async () => {
    const storage = inMemory()
    const save = storage.saveVersion.bind(storage)
    let isFull = true
    storage.saveVersion = async (document, options) => {
      if (isFull && document.entry.type === 'started')
        throw new HoldfastError('FS-SPACE-001', 'full')
      await save(document, options)
    }
    const ledger = await Ledger.open({ storage, run: 'r' })
    const begun = { kind: 'dify', request: { workflow: 'w' } }
    const work: LedgerWork<string> = {
      perform: async (_, started) => {
        await started({ run_id: '1' })
        return { answer: 'done' }
      },
    }
    await expect(ledger.run(begun, work)).rejects.toMatchObject({ code: 'FS-SPACE-001' })
    expect(ledger.report().requests).toMatchObject({ open: 1, failed: 0 })
    await ledger.close()
    isFull = false
    const again = await Ledger.open({ storage, run: 'r' })
    expect(await again.run(begun, work)).toBe('done')
  })

  it('that a service knows by its ids are looked up, and not sent again', async () => {
    const storage = inMemory()
    const first = await Ledger.open({ storage, run: 'r' })
    const run = { kind: 'dify', request: { workflow_id: 'w' }, worstCase: { tokens: 9, money: 0 } }
    const lost = first.run(run, {
      perform: async (_, started) => {
        await started({ run_id: '7' })
        throw new Error('the process ends here')
      },
    })
    await expect(lost).rejects.toThrow('ends here')
    await first.close()
    const second = await Ledger.open({ storage, run: 'r' })
    const answer = await second.run<string>(run, {
      perform: async () => await Promise.reject(new Error('it is not sent')),
      lookUp: async ({ run_id: id }) =>
        await Promise.resolve({
          answer: `of ${JSON.stringify(id)}`,
          cost: { tokens: 3, money: 0 },
        }),
    })
    expect(answer).toBe('of "7"')
    expect(second.report()).toMatchObject({
      requests: { sent: 1, looked_up: 1, repeated: 0 },
      asked: { 'dify w': 1 },
      tokens: 3,
    })
  })

  it('whose ids a service has forgotten are sent again', async () => {
    const ledger = await opened()
    const run = { kind: 'dify', request: {} }
    const work = {
      perform: async (_: AbortSignal, started: (ids: { run_id: string }) => Promise<void>) => {
        await started({ run_id: '7' })
        return await Promise.reject<{ answer: string }>(new Error('lost'))
      },
      lookUp: async () => await Promise.resolve(undefined),
    }
    await expect(ledger.run(run, work)).rejects.toThrow('lost')
    const again = { ...work, perform: async () => await Promise.resolve({ answer: 'second' }) }
    expect(await ledger.run(run, again)).toBe('second')
    expect(ledger.report().requests).toMatchObject({ sent: 2, repeated: 1, looked_up: 0 })
  })
})

describe('a replay', () => {
  it('gives the same answers and the same report without asking, and writes nothing', async () => {
    const storage = inMemory()
    const ledger = await Ledger.open({ storage, run: 'r', settings: { model: 'small' } })
    const model = answeringModel(() => 'x')
    await ledger.model(model).complete(request('a'))
    const report = JSON.stringify(ledger.report())
    const silent = answeringModel(() => Promise.reject(new Error('it was asked')))
    const settings = { model: 'small' }
    const replay = await Ledger.open({ storage, run: 'r', settings, mode: 'replay' })
    expect(await replay.model(silent).complete(request('a'))).toMatchObject({ text: 'x' })
    await expect(replay.model(silent).complete(request('b'))).rejects.toMatchObject({
      code: 'OPT-REPLAY-001',
    })
    expect(JSON.stringify(replay.report())).toBe(report)
    expect(silent.requests).toHaveLength(0)
    expect(await storage.listVersionNames('ledger.r.0')).toHaveLength(3)
  })

  it('names the request whose entry is missing', async () => {
    const storage = inMemory()
    const ledger = await Ledger.open({ storage, run: 'r' })
    const model = answeringModel(() => 'x')
    await ledger.model(model, { repeat: 2 }).complete(request('a'))
    await ledger.close()
    // The entries are the session, the intent and the answer.
    await storage.deleteVersion('ledger.r.0', '1.0.2')
    const replay = await Ledger.open({ storage, run: 'r', mode: 'replay' })
    const asked = replay.model(model, { repeat: 2 }).complete(request('a'))
    await expect(asked).rejects.toMatchObject({
      code: 'OPT-REPLAY-001',
      message: expect.stringMatching(
        /kind "chat", repeat 2, attempt 0, key [0-9a-f]{64}/,
      ) as string,
    })
    await storage.deleteVersion('ledger.r.0', '1.0.1')
    await storage.saveVersion({
      prompt_id: 'ledger.r.0',
      version: '1.0.3',
      entry: { type: 'void', sequence: 3, elapsed_seconds: 0 },
    })
    const holed = await Ledger.open({ storage, run: 'r', mode: 'replay' })
    expect(holed.missing).toEqual([1, 2])
  })

  it('needs a run, and any session of one the same settings', async () => {
    await expect(opened({ mode: 'replay' })).rejects.toMatchObject({ code: 'OPT-REPLAY-001' })
    const storage = inMemory()
    await (await Ledger.open({ storage, run: 'r', settings: { model: 'small', seed: 1 } })).close()
    await expect(
      Ledger.open({ storage, run: 'r', settings: { model: 'large', seed: 1 } }),
    ).rejects.toMatchObject({ code: 'OPT-LEDGER-001', context: { field: 'model' } })
  })
})

it.each([
  [{ run: '' }, /"run"/],
  [{ mode: 'watch' }, /"mode"/],
  [{ budget: { calls: 'many' } }, /"budget.calls"/],
  [{ replay: true }, /Unknown option "replay"/],
])('wrong options are refused by name: %j', async (given, message) => {
  await expect(opened(given as never)).rejects.toThrow(message)
})

it('a closed ledger makes no requests', async () => {
  const ledger = await opened()
  await ledger.close()
  await expect(ledger.model(answeringModel(() => 'x')).complete(request('a'))).rejects.toThrow(
    /closed/,
  )
})
