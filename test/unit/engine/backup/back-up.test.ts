import { once } from 'node:events'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { backedUp, backupNumbers, digests, storedFiles } from '../../../support/backup-reader.mjs'
import { isWindows, NO_SOCKETS } from '../../../support/windows.js'
import { bytes, placesOf } from './support.js'

describe.each(['native', 'portable'] as const)('a backup through the %s disk', (disk) => {
  it('holds exactly the files of the store', async () => {
    const { directory, path, to } = await placesOf({ disk })
    const report = await directory.backup(to)
    const { contents, summary } = backedUp(to, 1)
    expect(digests(contents)).toEqual(digests(storedFiles(path)))
    expect(report).toMatchObject({ sequence: 1, full: true, snapshot: false, lsn: directory.lsn })
    expect(report).toMatchObject({ files: 5, added_files: 5, removed_files: 0, left_out: [] })
    expect(summary).toMatchObject({ lsn: directory.lsn, at: report.at })
    expect((await stat(report.path)).isDirectory()).toBe(true)
  })

  it('adds to the one before what was created, replaced and removed since', async () => {
    const { directory, path, to } = await placesOf({ disk })
    await directory.backup(to)
    const before = digests(storedFiles(path))
    await directory.commit([
      { kind: 'replace', path: 'a/one.txt', bytes: bytes('ONE') },
      { kind: 'remove', path: 'a/b/two.txt' },
      { kind: 'create', path: 'new', bytes: bytes('new') },
    ])
    const report = await directory.backup(to)
    expect(report).toMatchObject({ sequence: 2, full: false })
    expect(report).toMatchObject({ files: 5, added_files: 2, added_bytes: 6, removed_files: 1 })
    expect(digests(backedUp(to, 2).contents)).toEqual(digests(storedFiles(path)))
    expect(digests(backedUp(to, 1).contents)).toEqual(before)
    expect((await readdir(join(report.path, 'files'))).sort()).toEqual(['a', 'new'])
  })
})

describe('an incremental backup', () => {
  it('does not copy again what another program has touched or written again unchanged', async () => {
    const { directory, path, to } = await placesOf()
    await directory.backup(to)
    await utimes(join(path, 'a/one.txt'), 1, 1)
    await utimes(join(path, 'long'), 1, 1)
    expect(await directory.backup(to)).toMatchObject({ added_files: 0, removed_files: 0 })
    expect(digests(backedUp(to, 2).contents)).toEqual(digests(storedFiles(path)))
  })

  it('notices a file that was replaced within the same moment, by one of the same size', async () => {
    const { directory, path, to } = await placesOf()
    for (let turn = 1; turn <= 20; turn++) {
      await directory.commit([{ kind: 'replace', path: 'same', bytes: bytes(`turn ${turn % 2}`) }])
      await directory.backup(to)
      expect(digests(backedUp(to, turn).contents)).toEqual(digests(storedFiles(path)))
    }
  })

  it('reads nothing that has the time of the backup before', async () => {
    const { directory, path, to } = await placesOf()
    const old = new Date(Date.now() - 3_600_000)
    await utimes(join(path, 'long'), old, old)
    await directory.backup(to)
    await chmod(join(path, 'long'), 0)
    await writeFile(join(path, 'a', 'one.txt'), 'touched')
    const report = await directory.backup(to)
    await chmod(join(path, 'long'), 0o600)
    expect(report.added_files).toBe(1)
  })

  it('begins a new chain when asked to, and when the one before is broken', async () => {
    const { directory, path, to } = await placesOf()
    const first = await directory.backup(to)
    expect(await directory.backup(to, { full: true })).toMatchObject({ full: true, added_files: 5 })
    // The first chain may be deleted now.
    await rm(first.path, { recursive: true })
    expect(await directory.backup(to)).toMatchObject({ sequence: 3, full: false })
    await writeFile(join(to, (await readdir(to))[0] ?? '', 'manifest.jsonl'), 'damaged')
    const report = await directory.backup(to)
    expect(report).toMatchObject({ sequence: 4, full: true })
    expect(report.chain_broken).toContain('continues backup 2, which is damaged')
    expect(digests(backedUp(to, 4).contents)).toEqual(digests(storedFiles(path)))
  })
})

describe('what a backup contains', () => {
  it('are the files of other programs, too', async () => {
    const { directory, path, to } = await placesOf()
    await writeFile(join(path, 'README'), 'mine')
    expect((await directory.backup(to)).left_out).toEqual([])
    expect(backedUp(to, 1).contents.get('README')?.toString()).toBe('mine')
  })

  it('are not links; they are reported', async () => {
    const { directory, path, to } = await placesOf()
    await symlink('/etc/passwd', join(path, 'link'))
    expect((await directory.backup(to)).left_out).toEqual([{ path: 'link', kind: 'other' }])
    expect(backedUp(to, 1).contents.has('link')).toBe(false)
  })

  it('are not sockets; they are reported', async ({ skip }) => {
    skip(isWindows, NO_SOCKETS)
    const { directory, path, to } = await placesOf()
    await mkdir(join(path, 'inner'))
    const server = createServer().listen(join(path, 'inner', 'socket'))
    await once(server, 'listening')
    const report = await directory.backup(to)
    server.close()
    expect(report.left_out).toEqual([{ path: 'inner/socket', kind: 'other' }])
  })

  it('is neither the journal nor what is for processes alone', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    const names = [...backedUp(to, 1).contents.keys()].filter((name) => name.startsWith('.'))
    expect(names).toEqual(['.holdfast.json'])
  })

  it('is the list of lost files, which the report names', async () => {
    const { directory, to } = await placesOf()
    await directory.reportLost([{ path: 'gone', reason: 'content_gone' }])
    const report = await directory.backup(to)
    expect(report.lost.files).toMatchObject([{ path: 'gone', reason: 'content_gone' }])
    expect(backedUp(to, 1).contents.has('.lost.json')).toBe(true)
  })
})

describe('a snapshot', () => {
  it('has the files of the store under second names, which later commits do not change', async () => {
    const { directory, path, to } = await placesOf()
    const before = digests(storedFiles(path))
    const report = await directory.backup(to, { snapshot: true })
    expect(report.snapshot).toBe(true)
    const [one, other] = [join(path, 'long'), join(report.path, 'files/long')]
    expect((await stat(one)).ino).toBe((await stat(other)).ino)
    await directory.commit([{ kind: 'replace', path: 'long', bytes: bytes('short') }])
    expect(digests(backedUp(to, 1).contents)).toEqual(before)
  })

  it('is left out of the chain of backups in the same directory', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to, { snapshot: true })
    expect(await directory.backup(to)).toMatchObject({ sequence: 2, full: true, added_files: 5 })
    expect(await directory.backup(to)).toMatchObject({ sequence: 3, full: false, added_files: 0 })
    await directory.backup(to, { snapshot: true })
    expect(backedUp(to, 4).summary.previous?.sequence).toBe(1)
    expect(backedUp(to, 3).summary.previous?.sequence).toBe(2)
  })

  it('is refused for a store that is only read', async () => {
    const { path, to } = await placesOf()
    await using reader = await DurableDirectory.open(path, { readOnly: true })
    await expect(reader.backup(to, { snapshot: true })).rejects.toThrow('open for writing')
  })
})

describe('a backup that cannot be made', () => {
  it('leaves earlier ones as they are, and nothing of its own', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    const abort = new AbortController()
    abort.abort(new Error('enough'))
    await directory.commit([{ kind: 'create', path: 'new', bytes: bytes('new') }])
    await expect(directory.backup(to, { signal: abort.signal })).rejects.toThrow('enough')
    expect((await readdir(to)).filter((name) => /^\d/.test(name))).toHaveLength(1)
    expect(backupNumbers(to)).toEqual([1])
  })

  it('is refused on a closed directory, and with a wrong option', async () => {
    const { directory, to } = await placesOf()
    const wrong = { incremental: true } as object
    await expect(directory.backup(to, wrong)).rejects.toThrow('Unknown option "incremental"')
    await expect(directory.backup(7 as never)).rejects.toThrow(TypeError)
    await directory.close()
    await expect(directory.backup(to)).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('removes what a killed one has left, and does not use its number again', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    const left = join(to, '000002-20260101T000000Z')
    await mkdir(join(left, 'files'), { recursive: true })
    await writeFile(join(left, 'files', 'half'), 'hal')
    expect(await directory.backup(to)).toMatchObject({ sequence: 3 })
    expect(backupNumbers(to)).toEqual([1, 3])
    await expect(readFile(join(left, 'files', 'half'))).rejects.toThrow('ENOENT')
  })
})

it('backs up a store that this process only reads, while another handle writes', async () => {
  const { directory, path, to } = await placesOf()
  await using reader = await DurableDirectory.open(path, { readOnly: true })
  await directory.commit([{ kind: 'create', path: 'later', bytes: bytes('later') }])
  const report = await reader.backup(to)
  expect(report.lsn).toBe(directory.lsn)
  expect(digests(backedUp(to, 1).contents)).toEqual(digests(storedFiles(path)))
})

it('has the newest contents of a store whose recovery had no place to write', async () => {
  const { path, to } = await placesOf({ disk: portableDisk })
  await using reader = await DurableDirectory.open(path, { disk: 'portable', readOnly: true })
  await rm(join(path, 'a/one.txt'))
  // The journal has it: the store serves it from there.
  await reader.backup(to)
  expect(backedUp(to, 1).contents.get('a/one.txt')?.toString()).toBe('one')
})
