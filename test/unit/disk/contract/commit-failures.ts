import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { PageState } from '../../../../src/format/page.js'
import { decodeRecords, encodeExternal, OperationKind } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_FIFO, NO_LIMITS } from '../../../support/windows.js'
import { mountTmpfs, NEEDS_ROOT } from '../mount.js'
import {
  codes,
  create,
  failure,
  framesOf,
  inChild,
  isRoot,
  openJournal,
  openVolume,
  operation,
  readable,
  remove,
  replace,
  request,
  text,
} from '../support.js'

const UNPRIVILEGED = 65_534

export function commitFailureContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  conditionContract(makeDisk)
  surroundingsContract(kind, makeDisk)
  descriptorContract(kind, makeDisk)
  lockAndTimeContract(makeDisk)
}

function conditionContract(makeDisk: () => Disk): void {
  it('fails a transaction alone when its condition does not hold', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await volume.write('taken', text('theirs'), { replace: false, flush: false })
    await volume.makeDirectory('directory')
    const reply = await committer.commit(
      request([
        [create('first', '1')],
        [create('beside', 'x'), create('taken', 'mine')],
        [remove('absent')],
        [replace('directory', 'x')],
        [remove('directory')],
        [create('directory', 'x')],
        [create('last', '9')],
      ]),
    )
    expect(reply.status).toBe('committed')
    expect(reply.outcomes).toEqual([
      undefined,
      { code: 'EEXIST', phase: 'check', syscall: 'create', path: 'taken' },
      { code: 'ENOENT', phase: 'check', syscall: 'remove', path: 'absent' },
      { code: 'EISDIR', phase: 'check', syscall: 'replace', path: 'directory' },
      { code: 'ENOENT', phase: 'check', syscall: 'remove', path: 'directory' },
      { code: 'EEXIST', phase: 'check', syscall: 'create', path: 'directory' },
      undefined,
    ])
    expect(readable(await volume.read('taken'))).toBe('theirs')
    expect(await volume.stat('beside')).toBeUndefined()
    const frames = await framesOf(volume)
    expect(frames).toHaveLength(1)
    expect(decodeRecords(frames[0]?.payload ?? text('x'))).toEqual([
      [create('first', '1')],
      [create('last', '9')],
    ])
    expect(await volume.list('.tmp')).toEqual([])
  })

  it('says the same of a name that is taken between the check and the publish', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    // Both are checked before either is published: to the second one, the first is a foreign program.
    const reply = await committer.commit(
      request([[create('taken', 'theirs')], [create('beside', 'x'), create('taken', 'mine')]]),
    )
    expect(reply.status).toBe('committed')
    expect(reply.outcomes).toEqual([
      undefined,
      { code: 'EEXIST', phase: 'check', syscall: 'create', path: 'taken' },
    ])
    expect(readable(await volume.read('taken'))).toBe('theirs')
    expect(await volume.stat('beside')).toBeUndefined()
  })

  it('writes nothing when no transaction is left', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const reply = await committer.commit(request([[remove('absent')], [remove('d/absent')]]))
    expect(codes(reply)).toEqual(['ENOENT', 'ENOENT'])
    expect(reply.to).toEqual(reply.from)
    expect(await framesOf(volume)).toEqual([])
  })

  it('fails a transaction alone whose external file is not what it says', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const note = (stagedPath: string, bytes: number): Uint8Array =>
      encodeExternal({ stagedPath, bytes, digest: new Uint8Array(32) })
    await volume.write('.tmp/staged.tmp.x', text('four'), { replace: false, flush: true })
    const absent = note('.tmp/staged.tmp.absent', 4)
    const shorter = note('.tmp/staged.tmp.x', 5)
    const reply = await committer.commit(
      request([
        [operation(OperationKind.create, 'a', absent, true)],
        [operation(OperationKind.create, 'b', shorter, true)],
        [create('c', 'C')],
      ]),
    )
    expect(codes(reply)).toEqual(['ENOENT', 'EINVAL', undefined])
    // It is the caller's, who may commit it again.
    expect(await volume.stat('.tmp/staged.tmp.x')).toBeDefined()
  })

  it('rejects records that no encoder wrote, and serves the next call', async () => {
    const { committer } = await openJournal(makeDisk(), await tempDirectory())
    const good = request([[create('a', 'A')]])
    const cut = { ...good, records: good.records.subarray(0, good.records.length - 1) }
    await expect(committer.commit(cut)).rejects.toThrow()
    const unsafe = request([[create('../outside', 'x')]])
    await expect(committer.commit(unsafe)).rejects.toThrow()
    expect((await committer.commit(good)).status).toBe('committed')
  })
}

function surroundingsContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  it('refuses a symbolic link and a FIFO in the way', async ({ skip }) => {
    skip(isWindows, NO_FIFO)
    const parent = await tempDirectory()
    const directory = join(parent, 'volume')
    const { volume, committer } = await openJournal(makeDisk(), directory)
    await mkdir(join(parent, 'outside'))
    await symlink('../outside', join(directory, 'way'))
    await symlink('../outside/file', join(directory, 'link'))
    expect(spawnSync('mkfifo', [join(directory, 'fifo')]).status).toBe(0)
    const reply = await committer.commit(
      request([
        [create('way/file', 'x')],
        [replace('way/other', 'x')],
        [create('link', 'x')],
        [replace('link', 'x')],
        [replace('fifo', 'x')],
        [create('fifo', 'x')],
        [remove('fifo')],
        [create('fine', 'x')],
      ]),
    )
    expect(codes(reply)).toEqual([
      'ELOOP',
      'ELOOP',
      'EEXIST',
      'EINVAL',
      'EINVAL',
      'EEXIST',
      'ENOENT',
      undefined,
    ])
    expect(await volume.list('.tmp')).toEqual([])
  })

  it('says ENOTDIR where a file stands for a directory', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await volume.write('file', text('x'), { replace: false, flush: false })
    const reply = await committer.commit(request([[create('file/below', 'x')], [create('b', 'B')]]))
    expect(codes(reply)).toEqual(['ENOTDIR', undefined])
  })

  it('fails alone with EACCES what may not be written there', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await tempDirectory()
    await mkdir(join(directory, 'closed'))
    await writeFile(join(directory, 'closed', 'file'), 'x')
    await chmod(join(directory, 'closed'), 0o755)
    const prepared = await openJournal(makeDisk(), directory)
    await prepared.volume.close()
    expect(spawnSync('chown', ['-R', String(UNPRIVILEGED), directory]).status).toBe(0)
    await chown(join(directory, 'closed'), 0, 0)
    const batch = request([
      [create('closed/new', 'x')],
      [remove('closed/file')],
      [create('closed/sub/deep', 'x')],
      [create('open', 'x')],
    ])
    const { position } = prepared.committer.page
    const answer = await inChild(
      kind,
      `const volume = await disk.openVolume(input[0], options)
      const committer = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
      const { page } = committer
      page.setU64('segment', input[1].segment)
      page.setU64('offset', input[1].offset)
      page.salt = 1n
      await committer.useSegment(1, '.journal/000000000001.log')
      const reply = await committer.commit({ ...input[2], records: Buffer.from(input[3], 'base64') })
      await volume.close()
      return [reply.status, ...reply.outcomes.map((outcome) => outcome?.code ?? 'committed')]`,
      {
        uid: UNPRIVILEGED,
        input: [directory, position, batch, Buffer.from(batch.records).toString('base64')],
      },
    )
    expect(answer).toEqual(['committed', 'EACCES', 'EACCES', 'EACCES', 'committed'])
  })

  it('fails alone with ENOSPC what does not fit on the disk', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=1m')
    const { volume, committer } = await openJournal(makeDisk(), directory)
    const reply = await committer.commit(
      request([[create('d/big', 'x'.repeat(2 << 20))], [create('small', 's')]]),
    )
    expect(codes(reply)).toEqual(['ENOSPC', undefined])
    expect(readable(await volume.read('small'))).toBe('s')
    expect(await volume.stat('d/big')).toBeUndefined()
    expect(await volume.list('.tmp')).toEqual([])
    const { freeBytes } = await volume.space()
    expect(freeBytes).toBeGreaterThan(800_000)
    const again = await committer.commit(request([[create('d/big', 'now small')]]))
    expect(codes(again)).toEqual([undefined])
  })
}

const DESCRIPTORS = 64

function descriptorContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  it('gets through a large batch with few descriptors, in smaller ones', async ({ skip }) => {
    skip(isWindows, NO_LIMITS)
    const directory = await tempDirectory()
    const prepared = await openJournal(makeDisk(), directory)
    const { position } = prepared.committer.page
    await prepared.volume.close()
    const single = Array.from({ length: 150 }, (_, index) => {
      const { records } = request([[create(`d${index}/file`, `content ${index}`)]])
      return Buffer.from(records).toString('base64')
    })
    const answer = await inChild(
      kind,
      `const volume = await disk.openVolume(input[0], options)
      const committer = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
      committer.page.setU64('segment', input[1].segment)
      committer.page.setU64('offset', input[1].offset)
      await committer.useSegment(1, '.journal/000000000001.log')
      let left = input[2].map((record) => Buffer.from(record, 'base64'))
      let size = left.length
      while (left.length > 0 && size > 0) {
        const batch = left.slice(0, size)
        const request = { ...input[3], records: Buffer.concat(batch), transactionCount: batch.length }
        const { outcomes } = await committer.commit(request)
        const again = batch.filter((_, index) => outcomes[index]?.code === 'EAGAIN')
        const lost = outcomes.find((outcome) => outcome !== undefined && outcome.code !== 'EAGAIN')
        if (lost !== undefined) return lost
        left = [...again, ...left.slice(size)]
        if (again.length > 0) size = Math.floor(size / 2)
      }
      await volume.close()
      return left.length`,
      { input: [directory, position, single, request([])], descriptors: DESCRIPTORS },
    )
    expect(answer).toBe(0)
    const volume = await openVolume(makeDisk(), directory)
    const read = await volume.readMany(single.map((_, index) => `d${index}/file`))
    expect(read).toEqual(single.map((_, index) => text(`content ${index}`)))
    expect(await volume.list('.tmp')).toEqual([])
  })
}

function lockAndTimeContract(makeDisk: () => Disk): void {
  it('rejects when it times out waiting for the writer lock, with nothing done', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    const { volume, committer } = await openJournal(disk, directory)
    const other = await openVolume(disk, directory)
    const lock = await other.lock('.lock', 'exclusive', { timeoutMs: 0 })
    const late = committer.commit(request([[create('file', 'x')]], { lockTimeoutMs: 50 }))
    expect(await failure(late)).toMatchObject({
      code: 'ELOCKTIMEOUT',
      phase: 'lock',
      path: '.lock',
    })
    expect(await volume.stat('file')).toBeUndefined()
    expect(await volume.list('.tmp')).toEqual([])
    await lock.release()
    expect((await committer.commit(request([[create('file', 'x')]]))).status).toBe('committed')
    expect(committer.page.state).toBe(PageState.idle)
  })

  it('answers ETIMEDOUT in time, and what was begun still ends whole', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    // On a busy machine the opening is late, too.
    const hasty = await vi.waitFor(
      async () => await openVolume(disk, directory, { ioTimeoutMs: 100 }),
      { timeout: 50_000 },
    )
    const bytes = new Uint8Array(256 << 20).fill(1)
    const late = hasty.write('big', bytes, { replace: false, flush: true })
    expect(await failure(late)).toMatchObject({ code: 'ETIMEDOUT', path: 'big' })
    await hasty.close()
    const patient = await openVolume(disk, directory)
    await expect
      .poll(async () => (await patient.stat('big'))?.bytes, { timeout: 50_000, interval: 50 })
      .toBe(bytes.length)
  })

  it('answers EBADF once the committer is closed', async () => {
    const { committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.close()
    expect((await failure(committer.commit(request([[create('a', 'A')]])))).code).toBe('EBADF')
    expect((await failure(committer.flush())).code).toBe('EBADF')
  })
}
