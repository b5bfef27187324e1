import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage, InMemoryStorage } from '../../../../src/index.js'
import { EntryLog, type NewEntry } from '../../../../src/optimizer/ledger/entry-log.js'
import {
  ledgerSchema,
  type LedgerDocument,
  type LedgerEntry,
} from '../../../../src/optimizer/ledger/ledger-entry.js'
import { tempDirectory } from '../../../support/temp.js'

const session = { type: 'session', settings: {}, budget: {}, elapsed_seconds: 0 } as const

describe('the log of a run', () => {
  it('numbers entries in the order of the calls, over more than one id', async () => {
    const storage = new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })
    const log = new EntryLog(storage, 'r')
    await log.load()
    await Promise.all(Array.from({ length: 1500 }, async () => await log.append(session)))
    const other = new EntryLog(storage, 'r')
    expect((await other.load()).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 1500 }, (_, at) => at),
    )
    expect(await storage.listPromptIds()).toEqual(['ledger.r.0', 'ledger.r.1'])
    expect(await other.append(session)).toMatchObject({ sequence: 1500 })
    await storage.close()
  })

  it('keeps two writers from one number', async () => {
    const storage = new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })
    const [one, other] = [new EntryLog(storage, 'r'), new EntryLog(storage, 'r')]
    await one.load()
    await other.load()
    await one.append(session)
    await expect(other.append(session)).rejects.toMatchObject({
      code: 'OPT-LEDGER-002',
      context: { run: 'r' },
    })
    await storage.close()
  })

  it('fences a process that another one has followed: what it had under way counts for no one', async () => {
    const storage = new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })
    const [one, other] = [new EntryLog(storage, 'r'), new EntryLog(storage, 'r')]
    await one.begin(session, await one.load())
    const saved: number[] = []
    const note = (text: string): NewEntry => ({
      type: 'started',
      key: 'a'.repeat(64),
      ids: { text },
      elapsed_seconds: 0,
    })
    // Entry 1 is on its way when the other process begins, and 2 to 4 are behind its first number.
    const { saveVersion } = storage
    let release: (() => void) | undefined
    storage.saveVersion = async (document, options) => {
      const { sequence, session: writer } = document.entry
      if (writer === 0 && sequence === 1)
        await new Promise<void>((resolve) => {
          release = resolve
        })
      await saveVersion.call(storage, document, options)
      saved.push(sequence)
    }
    const late = one.append(note('late')).catch((error: unknown) => error)
    await one.append(note('kept'))
    const entries = await other.begin(session, await other.load())
    expect(entries.map(({ sequence, type }) => [sequence, type])).toEqual([
      [0, 'session'],
      [1, 'void'],
      [2, 'started'],
      [3, 'session'],
    ])
    release?.()
    const straggler = one.append(note('behind'))
    // It met the number by which the other one began.
    await expect(straggler).rejects.toMatchObject({ code: 'OPT-LEDGER-002' })
    expect(await late).toMatchObject({ code: 'OPT-LEDGER-002' })
    await expect(one.append(note('never'))).rejects.toMatchObject({ code: 'OPT-LEDGER-002' })
    await saveVersion.call(storage, {
      prompt_id: 'ledger.r.0',
      version: '1.0.4',
      entry: { ...note('straggler'), sequence: 4, session: 0 } as LedgerEntry,
    })
    expect(await other.append(note('mine'))).toMatchObject({ sequence: 5, session: 3 })
    const third = new EntryLog(storage, 'r')
    const found = (await third.load()).map(({ sequence }) => sequence)
    expect(found).toEqual([0, 1, 2, 3, 5])
    expect(third.missing).toEqual([])
    await storage.close()
  })

  it('takes the numbers that a crash left out, and reads again what came into them meanwhile', async () => {
    const storage = new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })
    const put = async (sequence: number, entry: object): Promise<void> =>
      await storage.saveVersion({
        prompt_id: 'ledger.r.0',
        version: `1.0.${sequence}`,
        entry: { elapsed_seconds: 0, sequence, ...entry } as LedgerEntry,
      })
    await put(0, session)
    await put(2, { type: 'started', key: 'a'.repeat(64), ids: {}, session: 0 })
    const log = new EntryLog(storage, 'r')
    const loaded = await log.load()
    expect(log.missing).toEqual([1])
    await put(1, { type: 'started', key: 'b'.repeat(64), ids: {}, session: 0 })
    await put(3, { type: 'started', key: 'c'.repeat(64), ids: {}, session: 0 })
    const entries = await log.begin(session, loaded)
    expect(entries.map(({ sequence, type }) => `${sequence} ${type}`)).toEqual([
      '0 session',
      '1 started',
      '2 started',
      '3 started',
      '4 session',
    ])
    await storage.close()
  })

  it('is refused with a damaged entry, whose request would be sent again', async () => {
    const storageDir = await tempDirectory()
    const storage = await FileSystemStorage.open<LedgerDocument>({
      storageDir,
      schema: ledgerSchema,
    })
    const log = new EntryLog(storage, 'r')
    await log.load()
    await log.append(session)
    await log.append(session)
    await storage.close()
    const files = await readdir(storageDir, { recursive: true })
    const file = files.find((name) => name.endsWith('1.0.1.json'))
    await writeFile(join(storageDir, file ?? 'missing'), '{"half')
    const again = await FileSystemStorage.open<LedgerDocument>({ storageDir, schema: ledgerSchema })
    await expect(new EntryLog(again, 'r').load()).rejects.toMatchObject({
      code: 'OPT-LEDGER-001',
      context: { damaged: 1 },
    })
    await again.close()
  })
})
