import { copyFile, link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { openDirectory } from '../../../../src/engine/opening/open-directory.js'
import {
  CHECKPOINT_LOCK_FILE,
  JOURNAL_DIRECTORY,
  PAGE_FILE,
} from '../../../../src/format/layout.js'
import { encodeRecord } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, KEEPS_OPEN_FILES } from '../../../support/windows.js'
import { create } from '../../disk/support.js'
import { interceptedDisk, opened, resolved, withoutSpace } from '../support.js'

/** Several open the directory at the same time. */
const SHARED = { disk: chooseDisk('native'), segmentBytes: 64 * 1024 } as const

/** A directory that is open, with one commit. */
async function inUse(): Promise<string> {
  const path = await tempDirectory()
  const { journal } = await opened(path, SHARED)
  const reply = await journal.append(encodeRecord([create('a', 'x')]), 1)
  expect(reply.outcomes).toEqual([undefined])
  return path
}

describe('opening a directory', () => {
  it('recovers alone, and joins where others are', async () => {
    const path = await tempDirectory()
    const first = await opened(path, SHARED)
    expect(first.journal.opening).toMatchObject({ wasAlone: true, readOnlyBecause: undefined })
    await first.journal.append(encodeRecord([create('a', 'x')]), 1)
    const second = await opened(path, SHARED)
    expect(second.journal.opening.wasAlone).toBe(false)
    expect([second.journal.lsn, second.journal.changesSince(0)?.length]).toEqual([1, 1])
    expect(second.overlay).toBeUndefined()
  })

  it('leaves nothing locked behind when it fails', async () => {
    const path = await tempDirectory()
    await (await opened(path, SHARED)).volume.lock(CHECKPOINT_LOCK_FILE, 'shared', { timeoutMs: 0 })
    const second = join(path, 'second-name')
    await link(join(path, CHECKPOINT_LOCK_FILE), second)
    await expect(openDirectory(path, resolved(SHARED))).rejects.toMatchObject({ code: 'EMLINK' })
    await rm(second)
    expect((await opened(path, SHARED)).journal.opening.wasAlone).toBe(false)
  })

  it('without space is for reading where there is a store, and fails where there is none', async () => {
    const path = await tempDirectory()
    const disk = interceptedDisk(portableDisk, withoutSpace)
    const codes: string[] = []
    onTestFinished(
      subscribe('warning', ({ code }) => void (code === 'no-space' && codes.push(code))),
    )
    await expect(openDirectory(path, resolved({ disk }))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(codes).toEqual([])
    const before = await openDirectory(path, resolved())
    await before.journal.append(encodeRecord([create('a', 'x')]), 1)
    await before.journal.close()
    await before.volume.close()
    const { journal, overlay } = await opened(path, { disk })
    expect(journal.opening.readOnlyBecause).toBe('no-space')
    expect(overlay?.all().map(({ operation }) => operation.path)).toEqual(['a'])
    expect(codes).toEqual(['no-space'])
  })
})

describe('joining a store whose files were taken away', () => {
  const joining = async (path: string): Promise<unknown> =>
    await openDirectory(path, resolved(SHARED))

  it.for(['copied', 'removed', 'of before the last commit'])(
    'is refused where the page is %s',
    async (how, { skip }) => {
      skip(isWindows && how !== 'of before the last commit', KEEPS_OPEN_FILES)
      const path = await tempDirectory()
      const page = join(path, PAGE_FILE)
      const { journal } = await opened(path, SHARED)
      const old = await readFile(page)
      await journal.append(encodeRecord([create('a', 'x')]), 1)
      if (how === 'removed') await rm(page)
      else if (how === 'copied') {
        await copyFile(page, join(path, 'copy'))
        await rename(join(path, 'copy'), page)
      } else await writeFile(page, old, { flag: 'r+' })
      await expect(joining(path)).rejects.toMatchObject({
        code: 'FS-FORMAT-001',
        context: { path: PAGE_FILE, reason: 'page' },
      })
      // A page that the newcomer has made goes again: the others would see a replacement of theirs.
      expect((await readdir(path)).includes(PAGE_FILE)).toBe(how !== 'removed')
    },
  )

  it('is refused where the segments are gone', async ({ skip }) => {
    skip(isWindows, KEEPS_OPEN_FILES)
    const path = await inUse()
    await rm(join(path, JOURNAL_DIRECTORY), { recursive: true })
    await expect(joining(path)).rejects.toMatchObject({
      code: 'FS-JOURNAL-001',
      context: { path: JOURNAL_DIRECTORY, reason: 'removed' },
    })
  })
})
