import { createHash } from 'node:crypto'
import { link, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import type { Committer, Disk, Volume } from '../../../../src/disk/disk.js'
import { decodeRecords, encodeExternal, OperationKind } from '../../../../src/format/record.js'
import { redo } from '../../../../src/engine/recovery/redo.js'
import { intercepted } from '../../../support/intercepted.js'
import { isWindows, NO_SYNCFS } from '../../../support/windows.js'
import { create, openJournal, operation, text } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

it('has the name of a large content on the disk before its staged one goes, where a dead process has given it both', async () => {
  const path = await tempDirectory()
  const { volume, committer } = await openJournal(chooseDisk('portable'), path)
  const stagedPath = '.tmp/staged.tmp.0123456789abcdef'
  await volume.write(stagedPath, text('large'), { replace: false, flush: true })
  await mkdir(join(path, 'a/b'), { recursive: true })
  await link(join(path, stagedPath), join(path, 'a/b/c'))
  const calls: string[] = []
  const watched = new Proxy(volume, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        if (name === 'rename') calls.push('rename')
        if (name === 'flushMany') calls.push(`flush ${String(given[1])}`)
        return Reflect.apply(value, target, given)
      }
    },
  }) as Volume
  const digest = createHash('sha256').update('large').digest()
  const note = encodeExternal({ stagedPath, bytes: 5, digest })
  const options = { nowMs: Date.now, lost: new Map() }
  await redo(watched, committer, [operation(OperationKind.create, 'a/b/c', note, true)], options)
  expect(calls.slice(0, 2)).toEqual(['flush a/b,a,', 'rename'])
  expect(await readFile(join(path, 'a/b/c'), 'utf8')).toBe('large')
  expect(await volume.stat(stagedPath)).toBeUndefined()
})

describe('redo of many files', () => {
  const FILES = 600

  /** How many files each hop has, whether it flushes them, and flushes of the file system. */
  async function hopsOn(disk: Disk): Promise<string[]> {
    const { volume, committer } = await openJournal(disk, await tempDirectory())
    const hops: string[] = []
    const counted = intercepted<Committer>(committer, (name, call, given) => {
      const [records, options] = given as [Uint8Array, { flush: boolean }]
      if (name === 'redo') hops.push(`${decodeRecords(records).flat().length} ${options.flush}`)
      return call()
    })
    const watched = intercepted<Volume>(volume, (name, call) => {
      if (name === 'flushFileSystem') hops.push('all')
      return call()
    })
    const operations = Array.from({ length: FILES }, (_, at) => create(`f${at}`, 'x'))
    expect(await redo(watched, counted, operations, { lost: new Map() })).toBe(FILES)
    expect((await volume.list(''))?.filter(({ name }) => name.startsWith('f'))).toHaveLength(FILES)
    return hops
  }

  it('ends with one flush of the file system', async ({ skip }) => {
    skip(isWindows, NO_SYNCFS)
    expect(await hopsOn(chooseDisk('native'))).toEqual([`${FILES} false`, 'all'])
  })

  it('flushes each, a bounded number in one hop, where no call flushes a file system', async () => {
    expect(await hopsOn(chooseDisk('portable'))).toEqual(['256 true', '256 true', '88 true'])
  })
})
