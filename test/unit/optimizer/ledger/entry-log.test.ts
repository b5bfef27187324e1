import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage, InMemoryStorage } from '../../../../src/index.js'
import { EntryLog } from '../../../../src/optimizer/ledger/entry-log.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
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
      context: { run: 'r', sequence: 0 },
    })
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
