import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LostFile } from '../../../../src/base/channels.js'
import { subscribe, type CorruptMessage } from '../../../../src/base/channels.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  lookAt,
  noteLost,
  quarantinePath,
  redoExternal,
} from '../../../../src/engine/recovery/redo-external.js'
import {
  decodeExternal,
  encodeExternal,
  OperationKind,
  type RecordOperation,
} from '../../../../src/format/record.js'
import { openVolume, operation, readable, text } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const STAGED = '.tmp/staged.tmp.0123456789abcdef'
const CONTENT = 'large content'
const SAME_LENGTH = 'LARGE CONTENT'

const PATH = 'dir/big'
const digest = createHash('sha256').update(CONTENT).digest()
const note = encodeExternal({ stagedPath: STAGED, bytes: CONTENT.length, digest })
const BIG: RecordOperation = operation(OperationKind.create, PATH, note, true)

async function volumeWith(files: Readonly<Record<string, string>>): Promise<Volume> {
  const volume = await openVolume(portableDisk, await tempDirectory())
  for (const [path, content] of Object.entries(files))
    await volume.write(path, text(content), { replace: false, flush: false })
  return volume
}

async function redone(volume: Volume): Promise<readonly LostFile[]> {
  const lost = new Map<string, LostFile>()
  await redoExternal(volume, BIG, { lost })
  return [...lost.values()]
}

describe('a large content', () => {
  it('is recognised by its length and its digest', async () => {
    const external = decodeExternal(note)
    const volume = await volumeWith({ whole: CONTENT, short: 'large', other: SAME_LENGTH })
    await mkdir(join(volume.directory, 'directory'))
    const seen = ['whole', 'short', 'other', 'directory', 'absent', 'whole/below']
    const kinds = await Promise.all(seen.map(async (path) => await lookAt(volume, path, external)))
    expect(kinds).toEqual(['whole', 'other', 'other', 'absent', 'absent', 'absent'])
  })

  it('gets its name from redo, and keeps it when redo runs again', async () => {
    const volume = await volumeWith({ [STAGED]: CONTENT, [PATH]: 'before' })
    expect(await redone(volume)).toEqual([])
    expect(readable(await volume.read(PATH))).toBe(CONTENT)
    expect(await volume.stat(STAGED)).toBeUndefined()
    expect(await redone(volume)).toEqual([])
    expect(readable(await volume.read(PATH))).toBe(CONTENT)
  })

  it('is lost when neither name has anything', async () => {
    const volume = await volumeWith({})
    expect(await redone(volume)).toMatchObject([{ path: PATH, reason: 'content_gone' }])
  })

  it('is put aside, not served, when it is not what was written', async () => {
    const volume = await volumeWith({ [PATH]: SAME_LENGTH, [STAGED]: 'half' })
    const [file] = await redone(volume)
    expect(file).toMatchObject({ path: PATH, reason: 'content_damaged' })
    expect(await volume.stat(PATH)).toBeUndefined()
    expect(await volume.stat(STAGED)).toBeUndefined()
    expect(readable(await volume.read(file?.kept_as ?? ''))).toBe(SAME_LENGTH)
    expect(await volume.list('.quarantine/dir')).toHaveLength(2)
  })

  it('is put aside when a directory has its name', async () => {
    const volume = await volumeWith({ [STAGED]: CONTENT, [`${PATH}/inside`]: 'foreign' })
    const [file] = await redone(volume)
    expect(file).toMatchObject({ path: PATH, reason: 'obstructed' })
    expect(readable(await volume.read(file?.kept_as ?? ''))).toBe(CONTENT)
    expect(readable(await volume.read(`${PATH}/inside`))).toBe('foreign')
  })
})

describe('a loss', () => {
  it('is announced and noted once, as it was first found', async () => {
    const volume = await volumeWith({})
    const seen: CorruptMessage[] = []
    const stop = subscribe('corrupt', (message) => seen.push(message))
    const lost = new Map<string, LostFile>()
    noteLost(volume, { path: 'a', reason: 'content_damaged', kept_as: 'q' }, { lost })
    noteLost(volume, { path: 'a', reason: 'content_gone' }, { lost })
    stop()
    expect([...lost.values()]).toMatchObject([{ path: 'a', reason: 'content_damaged' }])
    const { directory } = volume
    expect(seen).toMatchObject([{ directory, path: 'a', kind: 'content_damaged' }])
  })
})

describe('the place in quarantine', () => {
  it('is the path with the time, without what Windows refuses in a name', () => {
    const timeMs = Date.UTC(2024, 4, 6, 7, 8, 9, 10)
    expect(quarantinePath('a/b.json', timeMs)).toBe('.quarantine/a/b.json.2024-05-06T070809.010Z')
  })

  it('is a digest where the name or the path would become too long', () => {
    const digested = /^\.quarantine\/[0-9a-f]{64}\.\d{4}-/
    expect(quarantinePath('é'.repeat(100), 0)).not.toMatch(digested)
    expect(quarantinePath('é'.repeat(101), 0)).toMatch(digested)
    expect(quarantinePath(Array(400).fill('123456789').join('/'), 0)).toMatch(digested)
    expect(quarantinePath(`${'x'.repeat(201)}/a`, 0)).not.toBe(
      quarantinePath(`${'x'.repeat(201)}/b`, 0),
    )
  })
})
