import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lstat, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BIN } from '../../cli/holdfast.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { isRoot } from '../../disk/support.js'
import { NEEDS_ROOT } from '../../disk/mount.js'
import { inChild } from '../../../proof/faults/child.js'
import { failure, openStore } from '../../../proof/faults/support.js'
import { Peer } from '../../../proof/processes/peers.js'
import { tempDirectory } from '../../../support/temp.js'

const DISKS = ['native', 'portable'] as const
const PAIRS = DISKS.flatMap((writer) => DISKS.map((reader) => ({ writer, reader })))

/** Everything that a write would change: names, times, sizes, bytes. Reading may change the time of access. */
async function digestOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const hash = createHash('sha256')
  for (const path of ['', ...entries.map((entry) => join(entry.parentPath, entry.name))].sort()) {
    const at = path === '' ? directory : path
    const { ino, size, mode, mtimeNs, ctimeNs, nlink } = await lstat(at, { bigint: true })
    hash.update(JSON.stringify([at, ino, size, mode, mtimeNs, ctimeNs, nlink].map(String)))
    if ((await stat(at).catch(() => undefined))?.isFile() === true) hash.update(await readFile(at))
  }
  return hash.digest('hex')
}

/** Leaves what a process leaves that is killed after its saves. */
async function dieAfterSaving(storageDir: string, disk: string): Promise<void> {
  await inChild(
    storageDir,
    async ({ open, version, kill, input }) => {
      const storage = await open({ disk: input as 'native' })
      await storage.saveVersion(version('p', '1.0.0'))
      await storage.saveVersion(version('p', '1.0.1'))
      await storage.saveVersion(version('Q', '1.0.0'))
      await storage.deleteVersion('p', '1.0.0')
      kill(null)
    },
    { input: disk },
  )
}

describe.each(PAIRS)('a $reader reader beside a $writer writer', ({ writer, reader }) => {
  it('finds each version from the moment that it is acknowledged, while segments are recycled', async () => {
    const storageDir = await tempDirectory()
    const small = { segmentBytes: 64 * 1024, journalBytes: 64 * 1024 }
    const peer = await Peer.start({ storageDir, disk: writer, minFreeMb: 0, ...small })
    const storage = await openStore(storageDir, { disk: reader, readOnly: true, useCache: false })
    void peer.call('saveForever', 'p').catch(() => undefined)
    let seen = 0
    // On a busy machine a look takes its time: there are some of them in any case.
    for (const until = Date.now() + 700; Date.now() < until || seen <= 10; seen++) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      const acknowledged = peer.saved.at(-1)
      if (acknowledged === undefined) continue
      const [found, latest] = await Promise.all([
        storage.getVersion('p', acknowledged),
        storage.getLatestVersion('p'),
      ])
      expect(found?.version).toBe(acknowledged)
      const [, , patch] = (latest?.version ?? '0.0.-1').split('.')
      expect(Number(patch)).toBeGreaterThanOrEqual(Number(acknowledged.split('.')[2]))
    }
    expect(seen).toBeGreaterThan(10)
    await peer.kill()
    const names = await storage.listVersionNames('p')
    for (const version of peer.saved) expect(names).toContain(version)
    const documents = await storage.listVersions('p')
    expect(documents.map(({ version }) => version)).toEqual(names)
  })

  it('takes nothing and leaves nothing, whether the writer lives, was killed or has closed', async () => {
    const storageDir = await tempDirectory()
    // Its checkpoint when it is idle would change the store between two looks, where the reader is slow.
    const checkpointIdleMs = 3_600_000
    const peer = await Peer.start({ storageDir, disk: writer, minFreeMb: 0, checkpointIdleMs })
    await peer.call('save', 'p', '1.0.0')
    const look = async (): Promise<void> => {
      const before = await digestOf(storageDir)
      const storage = await openStore(storageDir, { disk: reader, readOnly: true })
      expect(await storage.listVersionNames('p')).toContain('1.0.0')
      expect((await storage.verify()).findings).toEqual([])
      const { problems, state } = await storage.doctor()
      expect(state).toBe('read-only')
      expect(problems.join()).not.toContain('no writes')
      await storage.close()
      expect(await digestOf(storageDir)).toBe(before)
    }
    await look()
    // The writer is not in its way either.
    await peer.call('save', 'p', '1.0.1')
    await peer.kill()
    await look()
    const closing = await openStore(storageDir, { disk: writer })
    await closing.close()
    await look()
  })

  it('serves all or nothing of what a killed writer has left, also where the names are lost', async () => {
    const storageDir = await tempDirectory()
    await dieAfterSaving(storageDir, writer)
    await rm(join(storageDir, 'p'), { recursive: true })
    const before = await digestOf(storageDir)
    const storage = await openStore(storageDir, { disk: reader, readOnly: true })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.1'])
    expect(await storage.getVersion('p', '1.0.1')).toMatchObject({ version: '1.0.1' })
    expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
    expect(await storage.listPromptIds()).toEqual(['Q', 'p'])
    const plain = await openStore(storageDir, { disk: reader, readOnly: true, useIndex: false })
    expect(await plain.listVersionNames('p')).toEqual(['1.0.1'])
    expect(await digestOf(storageDir)).toBe(before)
  })
})

describe.each(DISKS)('readOnly: true on the %s disk', (disk) => {
  it('refuses every change with FS-READONLY-001, naming the option', async () => {
    const storageDir = await tempDirectory()
    await (await openStore(storageDir, { disk })).saveVersion(sampleVersion('p', '1.0.0'))
    const storage = await openStore(storageDir, { disk, readOnly: true, enableTrash: true })
    const changes = [
      async () => await storage.saveVersion(sampleVersion('p', '2.0.0')),
      async () => await storage.saveVersions([sampleVersion('p', '2.0.0')]),
      async () => await storage.deleteVersion('p', '1.0.0'),
      async () => await storage.clearAll(),
    ]
    for (const change of changes) {
      const { code, message } = await failure(change())
      expect(code).toBe('FS-READONLY-001')
      expect(message).toContain('readOnly: true')
    }
    expect(await storage.getVersion('p', '1.0.0')).toMatchObject({ version: '1.0.0' })
  })

  it('makes no store: not of a missing directory, not of an empty one', async () => {
    const parent = await tempDirectory()
    for (const directory of [parent, join(parent, 'missing')]) {
      expect(
        await failure(DurableDirectory.open(directory, { disk, readOnly: true })),
      ).toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'no_store' } })
    }
    expect(await readdir(parent)).toEqual([])
    await expect(
      DurableDirectory.open(parent, { disk, readOnly: true, create: true }),
    ).rejects.toThrow('"readOnly": true cannot make a store')
  })

  it('opens the store of another user whose files may be read', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const parent = await tempDirectory()
    const storageDir = join(parent, 'store')
    await chmod(parent, 0o755)
    const writer = await openStore(storageDir, { disk, fileMode: 0o644, directoryMode: 0o755 })
    await writer.saveVersion(sampleVersion('p', '1.0.0'))
    const seen = await inChild(
      storageDir,
      async ({ open, outcome, input }) => {
        const storage = await open({ disk: input, readOnly: true })
        const names = await storage.listVersionNames('p')
        await storage.close()
        return { names, without: await outcome(open({ disk: input })) }
      },
      { input: disk, uid: 1234 },
    )
    expect(seen.names).toEqual(['1.0.0'])
    expect(seen.without).toMatchObject({ ok: false, code: 'FS-PERM-001' })
    expect(seen.without.message).toContain('readOnly: true')
  })

  it('reads files, streams and listings of a store of files beside its writer', async () => {
    const path = await tempDirectory()
    await using writer = await FileStorage.open({ local_storage_path: path, disk, min_free_mb: 0 })
    await writer.store('a/1.txt', 'one')
    await using reader = await FileStorage.open({ local_storage_path: path, disk, read_only: true })
    expect(await reader.retrieve('a/1.txt')).toBe('one')
    await writer.store('a/1.txt', 'two')
    await writer.store('a/2.bin', new Uint8Array(2_000_000))
    expect(await reader.retrieve('a/1.txt')).toBe('two')
    expect(((await reader.retrieve('a/2.bin')) as Uint8Array).length).toBe(2_000_000)
    expect(await reader.listKeys()).toEqual(['a/1.txt', 'a/2.bin'])
    await writer.delete('a/1.txt')
    expect(await reader.exists('a/1.txt')).toBe(false)
    expect(await failure(reader.store('b', 'x'))).toMatchObject({ code: 'FS-READONLY-001' })
    expect((await reader.getHealthStatus()).reasons).toEqual([])
  })
})

it('is --read-only on the command line, where a change ends with status 10', async () => {
  const storageDir = await tempDirectory()
  const writer = await openStore(storageDir)
  await writer.saveVersion(sampleVersion('p', '1.0.0'))
  const run = (...given: readonly string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [BIN, ...given, '--dir', storageDir, '--read-only'], {
      encoding: 'utf8',
    })
  expect(run('list', 'p').stdout).toContain('1.0.0')
  expect(run('verify').status).toBe(0)
  expect(run('delete', 'p', '1.0.0', '--yes').status).toBe(10)
  expect(await writer.listVersionNames('p')).toEqual(['1.0.0'])
})

it('tells a watcher of what others commit', async () => {
  const storageDir = await tempDirectory()
  const writer = await openStore(storageDir)
  await writer.saveVersion(sampleVersion('p', '1.0.0'))
  const reader = await FileSystemStorage.open({ storageDir, readOnly: true })
  const changes = reader.watch()
  await writer.saveVersion(sampleVersion('p', '1.0.1'))
  expect((await changes.next()).value).toMatchObject({ kind: 'save', version: '1.0.1' })
  await reader.close()
})
