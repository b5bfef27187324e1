import { createHash } from 'node:crypto'
import { link, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { encodeExternal, OperationKind } from '../../../../src/format/record.js'
import { redo } from '../../../../src/engine/recovery/redo.js'
import { openJournal, operation, text } from '../../disk/support.js'
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
