import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { flipByte, framesIn, newestSegment } from '../../../support/journal.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'
import { holdfast, holdfastJson } from '../here.js'

const FILES = pathToFileURL(join(import.meta.dirname, '../../../../dist/files/index.js')).href

/** A cloud for which there are no credentials. */
const NO_CLOUD = {
  HOME: '/missing',
  AWS_EC2_METADATA_DISABLED: 'true',
  S3_BUCKET_NAME: 'files',
  S3_ENDPOINT: 'http://127.0.0.1:9',
}

describe('holdfast files health', () => {
  it('shows how it is, by health and by doctor, and ends with 7 when it is of no use', async () => {
    const dir = await tempDirectory()
    await holdfast(['files', 'put', 'key', '--dir', dir], { input: 'x' })
    for (const command of [['files', 'health'], ['doctor']]) {
      const well = await holdfastJson([...command, '--dir', dir])
      expect(well).toMatchObject({ code: 0, document: { status: 'healthy', reasons: [] } })
      const env = { MIN_FREE_MB: '1000000000' }
      const full = await holdfastJson([...command, '--dir', dir], { env })
      expect(full).toMatchObject({
        code: 7,
        document: { status: 'unhealthy', reasons: [{ code: 'no-space' }] },
      })
      const told = await holdfast([...command, '--dir', dir], { env })
      expect(told.stdout).toContain('unhealthy')
      expect(told.stderr).toMatch(/^warning no-space: \d+ MB are free/m)
    }
  })

  it('shows that there are no credentials, and what waits for them', async () => {
    const dir = await tempDirectory()
    const env = NO_CLOUD
    await holdfast(['files', 'put', 'key', '--dir', dir], { input: 'x', env })
    const health = await holdfastJson(['files', 'health', '--dir', dir], { env })
    expect(health).toMatchObject({
      code: 0,
      document: {
        status: 'degraded',
        storing_locally: true,
        pending_uploads: 1,
        reasons: [{ code: 'no-credentials' }],
      },
    })
  })
})

describe('holdfast files verify', () => {
  it('ends with 5 for damage and for payloads without a document, not for files of other programs', async () => {
    const dir = await tempDirectory()
    const code = async (...args: readonly string[]): Promise<unknown> =>
      (await holdfast(['files', ...args, '--dir', dir], { input: 'some content' })).code
    expect(await code('put', 'a.txt')).toBe(0)
    expect(await code('verify')).toBe(0)
    await writeFile(join(dir, '.foreign'), 'x')
    expect(await code('verify')).toBe(0)
    await writeFile(join(dir, 'stray.txt'), 'x')
    expect(await code('verify')).toBe(5)
    const { stdout } = await holdfast(['files', 'verify', '--repair', '--dir', dir])
    expect(stdout).toContain('stray.txt: payload-without-document -> .quarantine/stray.txt.')
    expect(stdout).toContain('.foreign: foreign-file\n')
    expect(await code('verify')).toBe(0)
    await writeFile(join(dir, 'a.txt'), 'some CONTENT')
    expect(await code('verify')).toBe(5)
    expect(await code('get', 'a.txt')).toBe(5)
  })

  it('puts a damaged journal aside with verify --repair, and says so without it', async () => {
    const dir = await tempDirectory()
    await killedAfterStores(dir, ['a', 'b', 'c', 'd', 'e', 'f'])
    const segment = await newestSegment(dir)
    await flipByte(segment, ((await framesIn(segment)).at(-4) ?? 0) + 100)
    const bytes = await readFile(segment)
    const refused = await holdfast(['files', 'verify', '--dir', dir])
    expect(refused.stderr).toContain('FS-JOURNAL-001')
    const repaired = await holdfast(['files', 'verify', '--repair', '--dir', dir])
    expect([repaired.code, repaired.stderr]).toEqual([0, '6 files checked, 0 damaged, 0 strays\n'])
    const kept = await readFile(join(dir, '.quarantine', '.journal', basename(segment)))
    expect(kept.equals(bytes)).toBe(true)
    expect((await holdfast(['files', 'get', 'b', '--dir', dir])).stdout).toBe('b')
  })
})

describe('holdfast files sync', () => {
  it('ends with 7 when something is left for the cloud, and has nothing to do without one', async () => {
    const dir = await tempDirectory()
    await holdfast(['files', 'put', 'key', '--dir', dir], { input: 'x', env: NO_CLOUD })
    expect(await holdfastJson(['files', 'sync', '--dir', dir], { env: NO_CLOUD })).toMatchObject({
      code: 7,
      document: { replayed: 0, pending: 1 },
    })
    const told = await holdfast(['files', 'sync', '--dir', dir], { env: NO_CLOUD })
    expect([told.code, told.stderr]).toEqual([7, '0 changes replayed, 1 pending\n'])
    const local = await tempDirectory()
    await holdfast(['files', 'put', 'key', '--dir', local], { input: 'x' })
    expect(await holdfastJson(['files', 'sync', '--dir', local])).toMatchObject({
      code: 0,
      document: { replayed: 0, pending: 0, failed: [] },
    })
  })
})

/** Stores each key as its own text in a process that is killed right after. */
async function killedAfterStores(dir: string, keys: readonly string[]): Promise<void> {
  const script = `
    const { FileStorage } = await import(${JSON.stringify(FILES)})
    const storage = await FileStorage.open({ local_storage_path: process.argv[1], min_free_mb: 0 })
    for (const key of process.argv.slice(2)) await storage.store(key, key)
    process.kill(process.pid, 'SIGKILL')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir, ...keys])
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  // On Windows a signal is not reported.
  expect(signal).toBe(isWindows ? null : 'SIGKILL')
}
