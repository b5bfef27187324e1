import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TEMPORARY_DIRECTORY } from '../../../../src/format/layout.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { INLINE_BYTES_MAX } from '../../../../src/engine/journal/segments.js'
import { tempDirectory } from '../../../support/temp.js'

const large = (filling: number): Uint8Array => new Uint8Array(INLINE_BYTES_MAX + 1).fill(filling)
const DISKS = ['native', 'portable'] as const
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function* pieces(count: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield new Uint8Array(length).fill(at)
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(500_000)
  await Promise.resolve()
  throw new Error('the stream broke')
}

describe.each(DISKS)('a staged stream on the %s disk', (disk) => {
  it('gets its name with the rest of its transaction', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path, { disk })
    const staged = await directory.stage(pieces(20, 70_000))
    expect(staged.bytes).toBe(1_400_000)
    expect(await readdir(path)).not.toContain('big')
    await directory.commit([
      { kind: 'create', path: 'big', staged },
      { kind: 'create', path: 'note', bytes: bytes('n') },
    ])
    const read = await readFile(join(path, 'big'))
    expect(read.length).toBe(1_400_000)
    expect(read[70_000 * 19 + 5]).toBe(19)
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
    await expect(directory.commit([{ kind: 'create', path: 'again', staged }])).rejects.toThrow(
      /staged/,
    )
  })

  it('is the caller’s again when its transaction is refused', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path, { disk })
    await directory.commit([{ kind: 'create', path: 'doc', bytes: bytes('one') }])
    const staged = await directory.stage([bytes('content')])
    const swap = async (expected: string): Promise<void> =>
      await directory.commit([
        { kind: 'replace', path: 'doc', bytes: bytes('two'), ifBytes: bytes(expected) },
        { kind: 'replace', path: 'payload', staged },
      ])
    await expect(swap('other')).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
      context: { path: 'doc', error: 'ECHANGED' },
    })
    await swap('one')
    expect(Buffer.from((await directory.read('payload')) ?? []).toString()).toBe('content')
    const unused = await directory.stage([bytes('unused')])
    await directory.discard(unused)
    await directory.discard(unused)
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
  })

  it('leaves nothing behind when the stream breaks or yields no bytes', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path, { disk })
    await expect(directory.stage(failing())).rejects.toThrow('the stream broke')
    await expect(directory.stage(['text'] as never)).rejects.toThrow(TypeError)
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
  })

  it('is refused by another directory, twice in one transaction, and beside bytes', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory(), { disk })
    await using other = await DurableDirectory.open(await tempDirectory(), { disk })
    const staged = await directory.stage([bytes('x')])
    await expect(other.commit([{ kind: 'create', path: 'a', staged }])).rejects.toThrow(TypeError)
    await expect(
      directory.commit([
        { kind: 'create', path: 'a', staged },
        { kind: 'create', path: 'b', staged },
      ]),
    ).rejects.toThrow(TypeError)
    const both = { kind: 'create', path: 'a', staged, bytes: bytes('x') } as never
    await expect(directory.commit([both])).rejects.toThrow(/both/)
    await directory.commit([{ kind: 'create', path: 'a', staged }])
  })

  it('is found again in pieces, and whole after a process that did not close', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path, { disk })
    await directory.commit([
      { kind: 'create', path: 'big', staged: await directory.stage(pieces(4, 100_000)) },
    ])
    const file = await directory.openFile('big')
    await directory.commit([{ kind: 'replace', path: 'big', bytes: bytes('small') }])
    expect(file?.bytes).toBe(400_000)
    expect(await file?.read(399_999, 10)).toEqual(new Uint8Array([3]))
    await file?.close()
    expect(await directory.openFile('absent')).toBeUndefined()
  })
})

describe('contents that are too large for the journal', () => {
  it('get their name and leave nothing staged', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'a', bytes: large(1) }])
    expect(new Uint8Array(await readFile(join(path, 'a')))).toEqual(large(1))
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
  })

  it('leave nothing staged when their transaction is refused', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'a', bytes: large(1) }])
    await expect(
      directory.commit([
        { kind: 'create', path: 'b', bytes: large(2) },
        { kind: 'create', path: 'a', bytes: large(3) },
      ]),
    ).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
    expect(await directory.read('b')).toBeUndefined()
    expect(await directory.read('a')).toEqual(large(1))
  })
})
