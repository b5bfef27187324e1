import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { JournalOverlay } from '../../../../src/engine/journal/overlay.js'
import { isEngineName } from '../../../../src/format/layout.js'
import {
  encodeExternal,
  OperationKind,
  type RecordOperation,
} from '../../../../src/format/record.js'
import { create, openVolume, operation, remove, replace, text } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const STAGED = '.tmp/staged.tmp.0123456789abcdef'

function large(path: string, content: string): RecordOperation {
  const digest = createHash('sha256').update(content).digest()
  const note = encodeExternal({ stagedPath: STAGED, bytes: content.length, digest })
  return operation(OperationKind.replace, path, note, true)
}

/** A volume with `old` and `dir/kept`. */
async function volumeWithFiles(): Promise<Volume> {
  const volume = await openVolume(portableDisk, await tempDirectory())
  for (const path of ['old', 'dir/kept'])
    await volume.write(path, text(path), { replace: false, flush: false })
  return volume
}

async function names(overlay: JournalOverlay, volume: Volume, path: string): Promise<unknown> {
  const entries = await overlay.list(volume, path)
  const own = entries?.filter(({ name }) => !isEngineName(name))
  return own?.map(({ name, kind }) => `${kind} ${name}`).sort()
}

const FILES = ['directory dir', 'file old']

describe('the journal in place of the files', () => {
  it('lists what was created and not what was removed, at every level', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay([
      { lsn: 1, timeMs: 10, transactions: [[create('new/deep/a', 'x'), remove('old')]] },
      { lsn: 2, timeMs: 20, transactions: [[create('new/deep/b', 'x')], [create('dir/b', 'x')]] },
    ])
    expect(await names(overlay, volume, '')).toEqual(['directory dir', 'directory new'])
    expect(await names(overlay, volume, 'new')).toEqual(['directory deep'])
    expect(await names(overlay, volume, 'dir')).toEqual(['file b', 'file kept'])
    const [deep] = (await overlay.list(volume, 'new')) ?? []
    expect(deep?.modifiedMs).toBe(20)
    expect(await overlay.list(volume, 'absent')).toBeUndefined()
  })

  it('has no directory whose files are all removed', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay()
    overlay.set(create('new/deep/a', 'x'), 1, 1)
    overlay.set(remove('new/deep/a'), 2, 2)
    expect(await names(overlay, volume, '')).toEqual(FILES)
    expect(await overlay.list(volume, 'new/deep')).toBeUndefined()
    expect(await overlay.stat(volume, 'new')).toBeUndefined()
  })

  it('looks at a file as redo would leave it', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay()
    overlay.set(replace('old', 'much longer'), 1, 10)
    overlay.set(create('new/a', 'four'), 2, 20)
    overlay.set(remove('dir/kept'), 3, 30)
    expect(await overlay.stat(volume, 'old')).toMatchObject({ kind: 'file', bytes: 11, links: 1 })
    expect(await overlay.stat(volume, 'new/a')).toMatchObject({ bytes: 4, modifiedMs: 20 })
    expect(await overlay.stat(volume, 'new')).toMatchObject({ kind: 'directory' })
    expect(await overlay.stat(volume, 'dir/kept')).toBeUndefined()
    expect(await overlay.stat(volume, 'absent')).toBeUndefined()
  })

  it('looks at a large content under its staged name, and then under its own', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay()
    overlay.set(large('old', 'staged content'), 1, 1)
    await volume.write(STAGED, text('staged content'), { replace: false, flush: false })
    expect((await overlay.stat(volume, 'old'))?.bytes).toBe(14)
    await volume.rename(STAGED, 'old', { replace: true })
    expect((await overlay.stat(volume, 'old'))?.bytes).toBe(14)
  })

  it('shows the files again where a checkpoint covers it, and keeps what came after', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay()
    overlay.set(create('new/a', 'x'), 1, 1)
    overlay.set(remove('old'), 2, 2)
    overlay.set(create('late/b', 'x'), 3, 3)
    overlay.forget(2)
    expect(overlay.get('old')).toBeUndefined()
    expect(overlay.all().map(({ operation: { path } }) => path)).toEqual(['late/b'])
    expect(await names(overlay, volume, '')).toEqual([
      'directory dir',
      'directory late',
      'file old',
    ])
    overlay.remove('late/b')
    expect(await names(overlay, volume, '')).toEqual(FILES)
  })

  it('is replaced whole, and an older copy of it stays as it was', async () => {
    const volume = await volumeWithFiles()
    const overlay = new JournalOverlay([{ lsn: 1, timeMs: 1, transactions: [[create('a', 'x')]] }])
    const before = overlay.all()
    overlay.replaceBy([{ lsn: 5, timeMs: 5, transactions: [[create('b', 'x')]] }])
    expect(await names(overlay, volume, '')).toEqual(['directory dir', 'file b', 'file old'])
    expect(before.map(({ operation: { path } }) => path)).toEqual(['a'])
  })
})
