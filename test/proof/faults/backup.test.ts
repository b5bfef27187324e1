import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import { DiskError } from '../../../src/disk/disk-error.js'
import type { Disk, NewFile, OpenFile, Volume } from '../../../src/disk/disk.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { verifyBackups } from '../../../src/engine/backup/backups.js'
import { backedUp, backupNumbers, digests, storedFiles } from '../../support/backup-reader.mjs'
import { contradictionIn, operationsOf } from '../../support/counted-store.mjs'
import { intercepted, type Interceptor } from '../../support/intercepted.js'
import { tempDirectory } from '../../support/temp.js'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'

/** Calls that reach no disk, or that release what was opened. */
const HARMLESS = new Set(['close', 'crc32c', 'readHot', 'release'])

/**
 * A disk on which the call with this number fails that is made in the directory `place`: that one alone, or, as for a
 * process that dies there, with all that follow.
 */
class SweptDisk {
  calls = 0
  readonly disk: Disk

  constructor(place: string, failing: number, isDeath: boolean) {
    const real = chooseDisk('native')
    const counted: Interceptor = (name, call) => {
      if (HARMLESS.has(String(name))) return call()
      this.calls++
      const fails = isDeath ? this.calls >= failing : this.calls === failing
      return fails ? Promise.reject(new DiskError('EIO', String(name), '')) : call()
    }
    const file = <Opened extends NewFile | OpenFile>(opened: Opened): Opened =>
      intercepted(opened as never, counted) as Opened
    const inPlace = (volume: Volume): Volume =>
      intercepted(volume, (name, call, given) => {
        const result = counted(name, call, given)
        if (name !== 'openFile' && name !== 'createFile') return result
        return (result as Promise<NewFile | OpenFile | undefined>).then(
          (opened) => opened && file(opened),
        )
      })
    this.disk = {
      kind: real.kind,
      openVolume: async (directory, options) => {
        const volume = await real.openVolume(directory, options)
        return directory === place ? inPlace(volume) : volume
      },
    }
  }
}

async function places(): Promise<{ path: string; to: string; place: string }> {
  const root = await tempDirectory()
  const path = join(root, 'store')
  await using directory = await DurableDirectory.open(path)
  for (let n = 1; n <= 9; n++) await directory.commit(operationsOf('w', n))
  await directory.backup(join(root, 'backups'))
  for (let n = 10; n <= 12; n++) await directory.commit(operationsOf('w', n))
  return { path, to: join(root, 'backups'), place: join(root, 'restored') }
}

describe.each([
  ['fails', false],
  ['is the last of its process', true],
])('a backup of which one call %s', (_, isDeath) => {
  it('leaves the earlier ones whole, and the next one is made as if nothing had been', async () => {
    const { path, to } = await places()
    const before = digests(backedUp(to, 1).contents)
    let failures = 0
    for (let at = 1; ; at++) {
      const swept = new SweptDisk(to, at, isDeath)
      const directory = await DurableDirectory.open(path, { disk: swept.disk, retry: false })
      const outcome = await directory.backup(to).then(
        () => 'made',
        () => 'failed',
      )
      await directory.close()
      expect(digests(backedUp(to, 1).contents)).toEqual(before)
      // One that is there is whole, whether it was acknowledged or not.
      const numbers = backupNumbers(to)
      for (const number of numbers.slice(1))
        expect(digests(backedUp(to, number).contents)).toEqual(digests(storedFiles(path)))
      if (outcome === 'made') expect(numbers.length).toBeGreaterThan(1)
      if (outcome === 'failed') failures++
      for (const name of await readdir(to))
        if (/^\d/.test(name) && !name.startsWith('000001-'))
          await rm(join(to, name), { recursive: true })
      if (swept.calls < at) break
    }
    expect(failures).toBeGreaterThan(10)
    await using directory = await DurableDirectory.open(path)
    expect(await directory.backup(to)).toMatchObject({ full: false })
    expect((await verifyBackups(to)).findings).toEqual([])
  })
})

describe.each([
  ['fails', false],
  ['is the last of its process', true],
])('a restore of which one call %s', (_, isDeath) => {
  it('leaves no store, and can be made again', async () => {
    const { path, to, place } = await places()
    await using directory = await DurableDirectory.open(path)
    await directory.backup(to)
    let failures = 0
    for (let at = 1; ; at++) {
      const swept = new SweptDisk(place, at, isDeath)
      const outcome = await DurableDirectory.restore(to, { to: place, disk: swept.disk }).then(
        () => 'made',
        () => 'failed',
      )
      if (outcome === 'failed') {
        failures++
        const isStore = existsSync(join(place, '.holdfast.json'))
        // With its mark, all of it is there; without, it can be done again.
        if (!isStore) await DurableDirectory.restore(to, { to: place })
      }
      expect(digests(storedFilesOf(place))).toEqual(digests(storedFiles(path)))
      await rm(place, { recursive: true })
      if (swept.calls < at) break
    }
    expect(failures).toBeGreaterThan(10)
  })
})

/** Without the note of a restore that had all but ended. */
function storedFilesOf(place: string): Map<string, Buffer> {
  const files = storedFiles(place)
  files.delete('holdfast-restore.json')
  return files
}

it('fails on a full disk, and leaves earlier backups and its space', async ({ skip }) => {
  skip(!isRoot, NEEDS_ROOT)
  const { path } = await places()
  const to = join(await mountTmpfs(await tempDirectory(), 'size=4m'), 'backups')
  await using directory = await DurableDirectory.open(path)
  await directory.backup(to)
  await directory.commit([{ kind: 'create', path: 'big', bytes: Buffer.alloc(6 * 1024 * 1024, 1) }])
  await expect(directory.backup(to)).rejects.toMatchObject({
    code: 'FS-IO-001',
    context: { error: 'ENOSPC' },
  })
  expect((await readdir(to)).filter((name) => /^\d/.test(name))).toHaveLength(1)
  await directory.commit([{ kind: 'remove', path: 'big' }])
  expect(await directory.backup(to)).toMatchObject({ sequence: 2 })
  expect((await verifyBackups(to)).ok).toBe(true)
})

it('is made of a store on a read-only mount, with what recovery would restore', async ({
  skip,
}) => {
  skip(!isRoot, NEEDS_ROOT)
  const { path, to } = await places()
  const mounted = await mountTmpfs(await tempDirectory(), 'size=64m')
  // As a killed process leaves it: the newest contents are in the journal alone.
  const directory = await DurableDirectory.open(path, { checkpointIdleMs: 3_600_000 })
  await directory.commit(operationsOf('w', 13))
  await cp(path, join(mounted, 'store'), {
    recursive: true,
    filter: (name) => !name.includes('.alive'),
  })
  await directory.close()
  await rm(join(mounted, 'store', 'w', 'kept', '13'))
  execFileSync('mount', ['-o', 'remount,ro', mounted])
  await using reader = await DurableDirectory.open(join(mounted, 'store'))
  expect(reader.isReadOnly).toBe(true)
  await reader.backup(to)
  const counts = new Map<string, number>()
  expect(contradictionIn(backedUp(to, 2).contents, ['w'], counts)).toBeUndefined()
  expect(counts.get('w')).toBe(13)
})

it('is restored from another file system when the store is gone', async ({ skip }) => {
  skip(!isRoot, NEEDS_ROOT)
  const { path, place } = await places()
  const to = join(await mountTmpfs(await tempDirectory(), 'size=64m'), 'backups')
  const before = digests(storedFiles(path))
  {
    await using directory = await DurableDirectory.open(path)
    await directory.backup(to)
    await expect(directory.backup(`${to}-links`, { snapshot: true })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'other_file_system' },
    })
  }
  await rm(path, { recursive: true })
  await DurableDirectory.restore(to, { to: place })
  expect(digests(storedFiles(place))).toEqual(before)
  await using restored = await DurableDirectory.open(place, { create: false })
  await restored.commit(operationsOf('w', 13))
  expect(contradictionIn(storedFiles(place), ['w'])).toBeUndefined()
})

it('takes hostile manifests for damage, and writes nothing outside', async () => {
  const { to, place } = await places()
  const [run = ''] = (await readdir(to)).filter((name) => /^\d/.test(name))
  const outside = join(place, '..', 'outside')
  await mkdir(outside)
  const { createHash } = await import('node:crypto')
  for (const line of [
    { file: '../outside/planted', bytes: 0, sha256: 'e3'.repeat(32) },
    { file: 'a', as: '../../outside', bytes: 0, sha256: 'e3'.repeat(32) },
    { file: '.journal/000000000001.log', bytes: 0, sha256: 'e3'.repeat(32) },
  ]) {
    const text = `${JSON.stringify(line)}\n{"backup":{}`
    const sum = createHash('sha256').update(text).digest('hex')
    await writeFile(join(to, run, 'manifest.jsonl'), `${text},"checksum":"sha256:${sum}"}\n`)
    const restored = DurableDirectory.restore(to, { to: place })
    await expect(restored).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect(await readdir(outside)).toEqual([])
  }
})
