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

describe('holdfast files', () => {
  it('puts, lists, describes, copies, gets and removes files', async () => {
    const dir = await tempDirectory()
    const file = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await holdfast(['files', ...args, '--dir', dir])
      expect([code, stderr.includes('error')], stderr).toEqual([0, false])
      return stdout
    }
    const source = join(await tempDirectory(), 'source')
    await writeFile(source, Buffer.from([0, 255, 10, 13, 7]))
    await file('put', 'a/raw.bin', source, '--meta', '{"tag":1}')
    const piped = await holdfast(['files', 'put', 'b.txt', '--dir', dir], { input: '0123456789' })
    expect(piped.code).toBe(0)
    expect(await readFile(join(dir, 'a/raw.bin'))).toEqual(Buffer.from([0, 255, 10, 13, 7]))
    expect(await file('get', 'b.txt')).toBe('0123456789')
    expect(await file('get', 'b.txt', '--start', '2', '--end', '5')).toBe('234')
    expect(JSON.parse(await file('stat', 'a/raw.bin'))).toMatchObject({
      bytes: 5,
      kind: 'bytes',
      metadata: { tag: 1 },
    })
    await file('cp', 'a/raw.bin', 'c')
    await file('cp', 'c', 'd', '--move')
    const listed = await holdfastJson(['files', 'ls', '--dir', dir])
    expect((listed.document as { files: { key: string }[] }).files.map(({ key }) => key)).toEqual([
      'a/raw.bin',
      'b.txt',
      'd',
    ])
    expect(await file('ls', 'a/')).toContain('a/raw.bin')
    await file('rm', 'd', 'b.txt', '--yes')
    expect(await file('ls')).not.toContain('b.txt')
  })

  it('ends with the status that fits', async () => {
    const dir = await tempDirectory()
    const code = async (...args: readonly string[]): Promise<unknown> =>
      (await holdfast(['files', ...args, '--dir', dir], { input: 'some content' })).code
    expect(await code('get', 'a')).toBe(3)
    expect(await code('put', 'a.txt')).toBe(0)
    expect(await code('put', 'a.txt', '--if-absent')).toBe(4)
  })

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
    const home = await tempDirectory()
    const env = {
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
      S3_BUCKET_NAME: 'files',
      S3_ENDPOINT: 'http://127.0.0.1:9',
    }
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

  it('tells misuse, absence and damage apart', async () => {
    const dir = await tempDirectory()
    const code = async (...args: readonly string[]): Promise<unknown> =>
      (await holdfast(['files', ...args, '--dir', dir], { input: 'some content' })).code
    expect(await code('put', 'a.txt')).toBe(0)
    expect(await code('put', '../a')).toBe(2)
    expect(await code('put', 'a', '--meta', '[]')).toBe(2)
    expect(await code('put', 'a', '/no/such/file')).toBe(1)
    expect(await code('get', 'b')).toBe(3)
    expect(await code('rm', 'b', '--yes')).toBe(3)
    expect(await code('rm', 'a.txt')).toBe(2)
    expect(await code('get', 'a.txt', '--json')).toBe(2)
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

/** Stores each key as its own text in a process that is killed right after. */
async function killedAfterStores(dir: string, keys: readonly string[]): Promise<void> {
  const script = `
    const { FileStorage } = await import(${JSON.stringify(FILES)})
    const storage = await FileStorage.open({ local_storage_path: process.argv[1], min_free_mb: 0 })
    for (const key of process.argv.slice(2)) await storage.store(key, key)
    process.kill(process.pid, 'SIGKILL')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir, ...keys])
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  // On Windows nobody is told of a signal.
  expect(signal).toBe(isWindows ? null : 'SIGKILL')
}
