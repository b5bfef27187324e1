import { describe, expect, it } from 'vitest'
import { resolveMigration } from '../../../src/migration/migrate-options.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'

describe('the options of a migration', () => {
  it('have defaults', () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    const resolved = resolveMigration({ from, to }, 'migrate')
    expect(resolved).toMatchObject({
      dryRun: false,
      validate: false,
      ratePerSecond: undefined,
      stateFile: undefined,
      names: { from: 'from', to: 'to' },
    })
    expect(resolved.onProgress({ versions: 0, total: 0, remainingMs: undefined })).toBeUndefined()
  })

  it('are refused by name where they are wrong or unknown', () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    const resolve = (options: object) => () => resolveMigration(options as never, 'migrate')
    expect(resolve({ from, to, ratePerSecond: 0 })).toThrow(/"ratePerSecond".*from 1/)
    expect(resolve({ from, to, dryrun: true })).toThrow(/"dryrun"/)
    expect(resolve({ from, to, validate: 'yes' })).toThrow(/"validate"/)
    expect(resolve({ from, to, stateFile: 5 })).toThrow(/"stateFile"/)
    expect(resolve({ from, to, onProgress: 5 })).toThrow(/"onProgress"/)
    expect(resolve({ from, to: 'file:x' })).toThrow(/"to" must be a storage/)
    expect(resolve({ from, to: from })).toThrow(/two storages/)
  })
})
