import { expect, it } from 'vitest'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'

it('entries of a ledger are records of a store of prompts, which lists of prompts leave out', async () => {
  await using store = await FileSystemStorage.open({ storageDir: await tempDirectory() })
  const ledger = new LedgerInStore(store)
  const entry = {
    type: 'session',
    sequence: 0,
    elapsed_seconds: 0,
    settings: { a: 1 },
    budget: { calls: 3 },
  } as const
  const document = { prompt_id: 'ledger.run.0', version: '1.0.0', entry }
  await ledger.saveVersion(document)
  await expect(ledger.saveVersion(document)).rejects.toMatchObject({ code: 'OPT-VER-001' })
  expect(await ledger.getVersion('ledger.run.0', '1.0.0')).toEqual(document)
  expect(await ledger.getLatestVersion('ledger.run.0')).toEqual(document)
  expect(await ledger.listVersions('ledger.run.0')).toEqual([document])
  expect(await ledger.listVersionNames('ledger.run.0')).toEqual(['1.0.0'])
  expect(await ledger.getLatestVersionName('ledger.run.0')).toBe('1.0.0')
  expect(ledger.supports.names).toBe(true)
  expect(await store.listPromptIds()).toEqual([])
  expect(await store.listPromptIds({ records: true })).toEqual(['holdfast:ledger:ledger.run.0'])
  await expect(ledger.clearAll()).rejects.toThrow(TypeError)
  expect(await ledger.deleteVersion('ledger.run.0', '1.0.0')).toBe(true)
  expect(await ledger.getVersion('ledger.run.0', '1.0.0')).toBeUndefined()
})
