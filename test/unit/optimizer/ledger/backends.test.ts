import { describe, expect, it } from 'vitest'
import { EntryLog, type NewEntry } from '../../../../src/optimizer/ledger/entry-log.js'
import type { LedgerEntry } from '../../../../src/optimizer/ledger/ledger-entry.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'
import { answeringModel } from '../../../support/chat-model.js'
import { SHARED_KINDS, storePlace, type OpenStore } from '../../../support/prompt-stores.js'
import { request } from './ledgers.js'

/** The ledgers of a store, as another process opens it. */
async function opened(open: OpenStore): Promise<LedgerInStore> {
  return new LedgerInStore(await open())
}

const session: NewEntry = { type: 'session', settings: {}, budget: {}, elapsed_seconds: 0 }
const note: NewEntry = { type: 'started', key: 'a'.repeat(64), ids: {}, elapsed_seconds: 0 }

describe.each(SHARED_KINDS)('a ledger in a store of the kind %s', (kind) => {
  it('asks once, in whatever process it is asked again, and is replayed to the same report', async () => {
    const open = await storePlace(kind)
    const model = answeringModel(({ messages }) => `re: ${messages[0]?.content}`)
    const names = Array.from({ length: 12 }, (_, at) => `${at}`)
    const reports: string[] = []
    for (const mode of ['record', 'record', 'replay'] as const) {
      await using ledger = await Ledger.open({ storage: await opened(open), run: 'r', mode })
      const asked = names.map(async (name) => await ledger.model(model).complete(request(name)))
      expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(
        names.map((name) => `re: ${name}`),
      )
      reports.push(JSON.stringify(ledger.report()))
    }
    expect(model.requests).toHaveLength(12)
    expect(reports[2]).toBe(reports[1])
  })

  it('belongs to one process at a time, also for one that has read it before', async () => {
    const open = await storePlace(kind)
    const [one, other] = [await opened(open), await opened(open)]
    const model = answeringModel((_, count) => `answer ${count}`)
    for (let turn = 0; turn < 3; turn++)
      for (const [mine, theirs] of [
        [one, other],
        [other, one],
      ] as const) {
        const ledger = await Ledger.open({ storage: mine, run: 'r' })
        await expect(Ledger.open({ storage: theirs, run: 'r' })).rejects.toMatchObject({
          code: 'OPT-LEDGER-002',
        })
        await ledger.model(model).complete(request(`${turn}`))
        await ledger.close()
      }
    // What the other one has answered a moment ago is not asked again.
    expect(model.requests).toHaveLength(3)
  })

  it('fences the process that another one has followed', async () => {
    const open = await storePlace(kind)
    const [one, other] = [await opened(open), await opened(open)]
    const [first, second] = [new EntryLog(one, 'r'), new EntryLog(other, 'r')]
    await first.begin(session, await first.load())
    await first.append(note)
    // A crash has left the number 2 out.
    const put = async (sequence: number, writer: number): Promise<void> =>
      await one.saveVersion({
        prompt_id: 'ledger.r.0',
        version: `1.0.${sequence}`,
        entry: { ...note, sequence, session: writer } as LedgerEntry,
      })
    await put(3, 0)
    const loaded = await second.load()
    expect(second.missing).toEqual([2])
    await second.begin(session, loaded)
    await expect(put(2, 0)).rejects.toMatchObject({ code: 'OPT-VER-001' })
    // Behind the number that fences it, a late entry counts for no one.
    await put(5, 0)
    expect(await second.append(note)).toMatchObject({ sequence: 6, session: 4 })
    const third = new EntryLog(await opened(open), 'r')
    const found = (await third.load()).map(({ sequence, type }) => `${sequence} ${type}`)
    expect(found).toEqual([
      '0 session',
      '1 started',
      '2 void',
      '3 started',
      '4 session',
      '6 started',
    ])
    await expect(first.append(note)).rejects.toMatchObject({ code: 'OPT-LEDGER-002' })
  })
})
