import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GlobalOptions } from '../../../src/cli/global-options.js'
import { migrationEnd, stateFileOf } from '../../../src/cli/migration-stores.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

function session(variables: Record<string, string> = {}, options: Partial<GlobalOptions> = {}) {
  return {
    environment: createEnvironment({ variables }).environment,
    options: { color: false, ...options },
  }
}

describe('an end of a migration', () => {
  it('is named by its argument, or else by its own variable', async () => {
    const directory = await tempDirectory()
    const variables = { HOLDFAST_FROM: `file:${directory}/a`, HOLDFAST_STORE: 'sqlite:other.db' }
    expect(migrationEnd(session(variables), 'from', undefined).shown).toBe(`file:${directory}/a`)
    const end = migrationEnd(session(variables), 'to', `file:${directory}/b`)
    const opened = await end.open(true)
    expect(opened.store).toMatchObject({ storageDir: join(directory, 'b') })
    await opened.save()
    await opened.close()
    await expect(migrationEnd(session(variables), 'from', undefined).open(false)).rejects.toThrow()
  })

  it('is not named by the flags of other commands', () => {
    for (const [flag, options] of [
      ['--dir', { dir: 'elsewhere' }],
      ['--store', { store: 'sqlite:other.db' }],
    ] as const)
      expect(() => migrationEnd(session({}, options), 'from', 'file:a')).toThrow(
        `migrate does not take ${flag}: name its stores by --from and --to`,
      )
  })

  it('may be a file of JSON', async () => {
    const file = join(await tempDirectory(), 'x.json')
    const end = migrationEnd(session(), 'to', `json:${file}`)
    expect(end.shown).toBe(`json:${file}`)
    const opened = await end.open(true)
    await opened.save()
    await opened.close()
    expect(() => migrationEnd(session(), 'to', 'json:')).toThrow(/must name a file/)
  })

  it('is missing, or has its password in the arguments: both are refused', () => {
    expect(() => migrationEnd(session(), 'from', undefined)).toThrow(
      /--from is missing.*set HOLDFAST_FROM/,
    )
    expect(() => migrationEnd(session(), 'from', 'memory:')).toThrow(/is empty here.*json:FILE/)
    const url = 'postgres://ada:secret@localhost/db'
    expect(() => migrationEnd(session(), 'to', url)).toThrow(/HOLDFAST_TO_PASSWORD/)
    expect(() => migrationEnd(session(), 'to', url)).not.toThrow(/secret/)
    const end = migrationEnd(session({ HOLDFAST_TO: url }), 'to', undefined)
    expect(end.shown).not.toContain('secret')
  })

  it('that is the source takes no option of how a store is made', async () => {
    const directory = await tempDirectory()
    const options = { trash: true, shardDepth: 3, adopt: true, group: true, readOnly: true }
    const to = await migrationEnd(session({}, options), 'to', `file:${directory}`).open(true)
    await to.close()
    const from = await migrationEnd(session({}, options), 'from', `file:${directory}`).open(false)
    await from.close()
    expect(from.store).toMatchObject({ storageDir: directory })
  })
})

describe('the state file', () => {
  it('has a name of its own for each pair of stores', () => {
    expect(stateFileOf('file:a', 'file:b')).toMatch(/^holdfast-migration-[0-9a-f]{12}\.jsonl$/)
    expect(stateFileOf('file:a', 'file:b')).toBe(stateFileOf('file:a', 'file:b'))
    expect(stateFileOf('file:a', 'file:b')).not.toBe(stateFileOf('file:b', 'file:a'))
  })
})
