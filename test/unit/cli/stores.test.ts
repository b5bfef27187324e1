import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { tempDirectory } from '../../support/temp.js'
import { holdfast, holdfastJson } from './here.js'

/** The URL of an empty store of each kind that is not one of files. */
const KINDS: Readonly<Record<string, () => Promise<string>>> = {
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
}

describe.each(Object.entries(KINDS))('commands on %s', (_name, emptyStore) => {
  it('save, publish, label and read there what they do in a directory', async () => {
    const env = { HOLDFAST_STORE: await emptyStore() }
    const save = ['save', '--prompt-id', 'hi', '--text']
    expect((await holdfast([...save, 'Hello'], { env })).stdout).toBe('1.0.0\n')
    const published = await holdfast(['publish', 'hi', '-', '--label', 'staging'], {
      env,
      input: 'Hello again',
    })
    expect([published.code, published.stdout]).toEqual([0, '1.0.1\n'])
    const read = await holdfast(['get', 'hi', '@staging', '--text'], { env })
    expect([read.code, read.stdout]).toEqual([0, 'Hello again'])
    expect((await holdfast(['ids'], { env })).stdout).toBe('hi\n')
    const { document } = await holdfastJson(['latest', 'hi'], { env })
    expect(document).toEqual({ prompt_id: 'hi', version: '1.0.1' })
    const deleted = await holdfast(['delete', 'hi', '1.0.0', '--yes'], { env })
    expect([deleted.code, deleted.stderr]).toEqual([0, 'Deleted version 1.0.0 of hi\n'])
    const verified = await holdfast(['verify'], { env })
    expect([verified.code, verified.stderr.includes('"verify" needs a store of files')]).toEqual([
      2,
      true,
    ])
  })

  it('check a configuration, and make no store where there is none', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'secrets'))
    await writeFile(join(directory, 'secrets/url'), `${await emptyStore()}\n`)
    const config = join(directory, 'holdfast.config.yaml')
    await writeFile(
      config,
      'optimizer: { storage: { backend: database, config: { url_file: secrets/url } } }',
    )
    const check = ['config', 'check', '--config', config]
    expect((await holdfast(check)).code).not.toBe(0)
    await holdfast(['save', '--config', config, '--prompt-id', 'hi', '--text', 'Hello'])
    const { code, document } = await holdfastJson(check)
    expect([code, document]).toMatchObject([0, { file: config, opened: true, prompts: 1 }])
  })
})
