import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { tempDirectory } from '../../support/temp.js'
import { startGcs } from '../files/bucket/standins/gcs.mjs'
import { startS3 } from '../files/bucket/standins/s3.mjs'
import { SECRET } from '../files/bucket/subjects.js'
import { holdfast, holdfastJson } from './here.js'

/** The URL of an empty store of each kind that is not one of files. */
const KINDS: Readonly<Record<string, () => Promise<string>>> = {
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
  S3: async () => {
    const { endpoint, close } = await startS3()
    onTestFinished(async () => await close())
    const keys = `s3_access_key_id=stand-in-key&s3_secret_access_key=${SECRET}`
    return `s3://files/prompts?s3_endpoint=${encodeURIComponent(endpoint)}&${keys}`
  },
  'Google Cloud Storage': async () => {
    const { endpoint, close } = await startGcs()
    onTestFinished(async () => await close())
    return `gs://files/prompts?gcs_api_endpoint=${encodeURIComponent(endpoint)}`
  },
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
    const shredded = await holdfast(['shred'], { env })
    expect([shredded.code, shredded.stderr.includes('"shred" needs a store of files')]).toEqual([
      2,
      true,
    ])
  })

  it('verify every document there, and refuse to repair', async () => {
    const env = { HOLDFAST_STORE: await emptyStore() }
    for (const text of ['Hello', 'Hello again'])
      await holdfast(['save', '--prompt-id', 'hi', '--text', text], { env })
    const verified = await holdfast(['verify'], { env })
    expect([verified.code, verified.stderr]).toEqual([0, '2 documents checked, 0 damaged\n'])
    expect((await holdfastJson(['verify'], { env })).document).toEqual({
      ok: true,
      documents: 2,
      problems: [],
    })
    const repair = await holdfast(['verify', '--repair'], { env })
    expect([repair.code, repair.stderr]).toMatchObject([
      2,
      expect.stringContaining('"verify --repair" needs a store of files'),
    ])
  })

  it('check a configuration, and make no store where there is none', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'secrets'))
    const url = await emptyStore()
    const backend = /^(s3|gs):/.test(url) ? 'objects' : 'database'
    await writeFile(join(directory, 'secrets/url'), `${url}\n`)
    const config = join(directory, 'holdfast.config.yaml')
    await writeFile(
      config,
      `optimizer: { storage: { backend: ${backend}, config: { url_file: secrets/url } } }`,
    )
    const check = ['config', 'check', '--config', config]
    expect((await holdfast(check)).code).not.toBe(0)
    await holdfast(['save', '--config', config, '--prompt-id', 'hi', '--text', 'Hello'])
    const { code, document } = await holdfastJson(check)
    expect([code, document]).toMatchObject([0, { file: config, opened: true, prompts: 1 }])
  })
})

describe('commands on a file of SQLite', () => {
  const damaging = async (file: string): Promise<void> => {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(file)
    database.exec("UPDATE versions SET document = replace(document, 'Hello', 'Hallo')")
    database.close()
  }

  it('name a document that was changed by another program', async () => {
    const file = join(await tempDirectory(), 'prompts.db')
    const env = { HOLDFAST_STORE: `sqlite:${file}` }
    await holdfast(['save', '--prompt-id', 'hi', '--text', 'Hello'], { env })
    await damaging(file)
    const { code, stdout, stderr } = await holdfast(['verify'], { env })
    expect([code, stderr]).toEqual([5, '1 document checked, 1 damaged\n'])
    expect(stdout).toContain('its checksum')
    expect(stdout).toMatch(/│ document │ hi +│ 1\.0\.0 +│ /)
  })

  it('copy it as a whole into a new file, which is a store', async () => {
    const directory = await tempDirectory()
    const env = { HOLDFAST_STORE: `sqlite:${join(directory, 'prompts.db')}` }
    await holdfast(['save', '--prompt-id', 'hi', '--text', 'Hello'], { env })
    const copy = join(directory, 'backup/copy.db')
    const made = await holdfast(['backup', copy], { env })
    expect([made.code, made.stdout]).toEqual([0, `${copy}\n`])
    const read = await holdfast(['get', 'hi', 'latest', '--text', '--store', `sqlite:${copy}`])
    expect([read.code, read.stdout]).toEqual([0, 'Hello'])
    expect((await holdfast(['backup', copy], { env })).stderr).toContain('never overwrites')
    for (const wrong of [
      ['backup', '-'],
      ['backup', '--full', `${copy}2`],
    ])
      expect((await holdfast(wrong, { env })).stderr).toContain('into one new file')
  })
})

describe.each(['S3', 'Google Cloud Storage'])('files on %s', (name) => {
  it('are put, listed, read, copied, checked and removed by the commands', async () => {
    const env = { HOLDFAST_STORE: await (KINDS[name] as () => Promise<string>)() }
    const file = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await holdfast(['files', ...args], { env, input: 'content' })
      expect([code, stderr.includes('error')], stderr).toEqual([0, false])
      return stdout
    }
    await file('put', 'a/b.txt', '--meta', '{"tag":1}')
    expect(await file('get', 'a/b.txt', '--start', '1', '--end', '4')).toBe('ont')
    expect(JSON.parse(await file('stat', 'a/b.txt'))).toMatchObject({ metadata: { tag: 1 } })
    await file('cp', 'a/b.txt', 'c.txt')
    expect(await file('ls')).toMatch(/a\/b\.txt.*c\.txt/s)
    expect(await file('history', 'c.txt')).toContain('*')
    await file('verify')
    await file('health')
    await file('rm', 'c.txt', '--yes')
    const { code } = await holdfast(['files', 'stat', 'c.txt'], { env })
    expect(code).toBe(3)
    const { stderr } = await holdfast(['files', 'backup', await tempDirectory()], { env })
    expect(stderr).toContain('Only files in a directory can be backed up')
  })
})
