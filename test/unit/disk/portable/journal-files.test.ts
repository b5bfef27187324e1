import { link, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createPage,
  createSegment,
  openSegment,
  startSegment,
} from '../../../../src/disk/portable/journal-files.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { BLOCK_BYTES } from '../../../../src/format/frame.js'
import { PAGE_BYTES } from '../../../../src/format/page.js'
import { tempDirectory } from '../../../support/temp.js'
import { failure } from '../support.js'

const BYTES = (1 << 20) + BLOCK_BYTES

const newRoot = async (): Promise<PortableRoot> =>
  new PortableRoot(await tempDirectory(), 0o600, 0o700)
const below = ({ directory }: PortableRoot, path: string): string => join(directory, path)

describe('a segment', () => {
  it('is written full of zeros, to its last byte', async () => {
    const root = await newRoot()
    await createSegment(root, 'log/spare', BYTES, false)
    expect(Buffer.compare(await readFile(below(root, 'log/spare')), Buffer.alloc(BYTES))).toBe(0)
    const { handle, bytes } = await openSegment(root, 'log/spare')
    await handle.close()
    expect(bytes).toBe(BYTES)
  })

  it('has its size and no blocks where a write makes a copy', async ({ skip }) => {
    const root = await newRoot()
    await createSegment(root, 'log/spare', BYTES, true)
    const found = await stat(below(root, 'log/spare'))
    skip(process.platform === 'win32', 'Windows counts no blocks')
    expect([found.size, found.blocks]).toEqual([BYTES, 0])
  })

  it('takes the place of no file, and leaves that as it is', async () => {
    const root = await newRoot()
    await writeFile(below(root, 'spare'), 'mine')
    expect((await failure(createSegment(root, 'spare', BYTES, false))).code).toBe('EEXIST')
    expect(await readFile(below(root, 'spare'), 'utf8')).toBe('mine')
  })

  it('gets its name with its header, and only where the name is free', async () => {
    const root = await newRoot()
    const header = new Uint8Array(BLOCK_BYTES).fill(7)
    for (const spare of ['one', 'two']) await createSegment(root, spare, 2 * BLOCK_BYTES, false)
    await startSegment(root, 'one', 'log/1', header)
    expect((await failure(startSegment(root, 'two', 'log/1', header))).code).toBe('EEXIST')
    const bytes = await readFile(below(root, 'log/1'))
    expect(bytes.subarray(0, BLOCK_BYTES)).toEqual(Buffer.from(header))
    expect(bytes.subarray(BLOCK_BYTES)).toEqual(Buffer.alloc(BLOCK_BYTES))
    expect((await readdir(root.directory)).sort()).toEqual(['log', 'two'])
  })

  it('is not opened where it is missing, or where another file would be written, too', async () => {
    const root = await newRoot()
    expect((await failure(openSegment(root, 'missing'))).code).toBe('ENOENT')
    await writeFile(below(root, 'other'), 'precious')
    await link(below(root, 'other'), below(root, 'segment'))
    expect(await failure(openSegment(root, 'segment'))).toMatchObject({ reason: 'hard_link' })
  })
})

describe('the page', () => {
  it('is in memory, and its file says nothing any more, whatever it said before', async () => {
    const root = await newRoot()
    await writeFile(below(root, 'page'), Buffer.alloc(PAGE_BYTES + 10, 1))
    const page = await createPage(root, 'page')
    page.setU64('committed', 7)
    expect(await readFile(below(root, 'page'))).toEqual(Buffer.alloc(PAGE_BYTES))
    expect(page.getU64('committed')).toBe(7)
  })

  it('is made with its directory where it is missing', async () => {
    const root = await newRoot()
    expect((await createPage(root, 'd/page')).getU64('committed')).toBe(0)
    expect((await stat(below(root, 'd/page'))).size).toBe(PAGE_BYTES)
  })
})
