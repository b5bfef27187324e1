import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { CommittedFiles, contentAfterRedo } from '../../../../src/engine/commit/committed-files.js'
import { JournalOverlay } from '../../../../src/engine/journal/overlay.js'
import {
  encodeExternal,
  OperationKind,
  type RecordOperation,
} from '../../../../src/format/record.js'
import {
  create,
  openVolume,
  operation,
  readable,
  remove,
  replace,
  text,
} from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const STAGED = '.tmp/staged.tmp.0123456789abcdef'

function large(path: string, content: string): RecordOperation {
  const digest = createHash('sha256').update(content).digest()
  const note = encodeExternal({ stagedPath: STAGED, bytes: content.length, digest })
  return operation(OperationKind.create, path, note, true)
}

async function volumeWith(files: Readonly<Record<string, string>>): Promise<Volume> {
  const volume = await openVolume(portableDisk, await tempDirectory())
  for (const [path, content] of Object.entries(files))
    await volume.write(path, text(content), { replace: false, flush: false })
  return volume
}

/** As after the given operations, which no recovery had the space to apply. */
function after(volume: Volume, ...operations: readonly RecordOperation[]): CommittedFiles {
  const entries = [{ lsn: 1, timeMs: 1, transactions: [operations] }]
  return new CommittedFiles(volume, new JournalOverlay(entries))
}

describe('the committed files', () => {
  it('are those of the disk where all commits are published', async () => {
    const volume = await volumeWith({ a: 'one', b: 'two' })
    const files = new CommittedFiles(volume, undefined)
    expect(readable(await files.read('a', 100))).toBe('one')
    expect(await files.read('absent', 100)).toBeUndefined()
    await expect(files.read('a', 2)).rejects.toMatchObject({ code: 'EFBIG' })
    const [a, absent, b] = await files.readMany(['a', 'absent', 'b'], 100)
    expect([readable(a as Uint8Array), absent, readable(b as Uint8Array)]).toEqual([
      'one',
      undefined,
      'two',
    ])
  })

  it('have a failure of their own where only redo would leave them, too', async () => {
    const volume = await volumeWith({ big: 'longer than that' })
    const files = after(volume, large('big', 'longer than that'), create('small', 'x'))
    const [big, small] = await files.readMany(['big', 'small'], 5)
    expect(big).toMatchObject({ code: 'EFBIG' })
    expect(readable(small as Uint8Array)).toBe('x')
  })

  it('are as redo would leave them, in the order asked for, with a failure for each', async () => {
    const volume = await volumeWith({ kept: 'kept', old: 'before', gone: 'x', long: 'too long' })
    const files = after(volume, replace('old', 'after'), remove('gone'), create('new', 'new'))
    const found = await files.readMany(['new', 'kept', 'gone', 'long', 'old'], 5)
    expect(found.map((each) => (each instanceof Uint8Array ? readable(each) : each))).toEqual([
      'new',
      'kept',
      undefined,
      expect.objectContaining({ code: 'EFBIG' }),
      'after',
    ])
    const redone = await files.readMany(['old', 'gone'], 100)
    expect([readable(redone[0] as Uint8Array), redone[1]]).toEqual(['after', undefined])
  })

  it('have a large content under its staged name, or already under its own', async () => {
    const volume = await volumeWith({ [STAGED]: 'large content' })
    const files = after(volume, large('big', 'large content'))
    expect(readable(await files.read('big', 100))).toBe('large content')
    await volume.rename(STAGED, 'big', { replace: false })
    expect(readable(await files.read('big', 100))).toBe('large content')
    const opened = await files.open('big')
    expect(readable(await opened?.read(6, 3))).toBe('con')
    await opened?.close()
    await volume.remove('big')
    expect(await files.read('big', 100)).toBeUndefined()
    expect(await contentAfterRedo(volume, remove('big'), 100)).toBeUndefined()
  })

  it('are opened in memory where only the journal has them', async () => {
    const volume = await volumeWith({ old: 'before', gone: 'x' })
    const files = after(volume, replace('old', 'after'), remove('gone'))
    const file = await files.open('old')
    expect([file?.bytes, readable(await file?.read(2, 10))]).toEqual([5, 'ter'])
    const piece = await file?.read(0, 5)
    piece?.fill(0)
    expect(readable(await file?.read(0, 5))).toBe('after')
    await expect(file?.close()).resolves.toBeUndefined()
    expect(await files.open('gone')).toBeUndefined()
    expect(await files.open('absent')).toBeUndefined()
  })
})
