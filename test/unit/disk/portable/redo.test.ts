import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { redoRecords } from '../../../../src/disk/portable/redo.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { encodeExternal, encodeRecord, OperationKind } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { create, operation, remove, replace } from '../support.js'

type Transaction = Parameters<typeof encodeRecord>[0]

async function redo(directory: string, ...transactions: Transaction[]): Promise<void> {
  const records = new Uint8Array(Buffer.concat(transactions.map(encodeRecord)))
  await redoRecords(new PortableRoot(directory, 0o600, 0o700), records, true)
}

describe('redo', () => {
  it('makes the files match the records, whatever was there, and a second time', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'half'), 'ha')
    const transactions = [
      [create('half', 'half'), create('a/b/c', 'C')],
      [replace('half', 'whole'), remove('missing')],
    ]
    await redo(directory, ...transactions)
    await redo(directory, ...transactions)
    expect(await readFile(join(directory, 'half'), 'utf8')).toBe('whole')
    expect(await readFile(join(directory, 'a/b/c'), 'utf8')).toBe('C')
    expect(await readdir(join(directory, '.tmp'))).toEqual([])
  })

  it('rewrites a file that looks right: the page cache may show what the disk does not hold', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'file'), 'same')
    const before = await stat(join(directory, 'file'), { bigint: true })
    await redo(directory, [create('file', 'same')])
    expect((await stat(join(directory, 'file'), { bigint: true })).ino).not.toBe(before.ino)
  })

  it('removes the directories that a removal has emptied, and no others', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'kept/emptied/inner'), { recursive: true })
    await writeFile(join(directory, 'kept/file'), '')
    await writeFile(join(directory, 'kept/emptied/inner/file'), '')
    await redo(directory, [remove('kept/emptied/inner/file')])
    expect(await readdir(join(directory, 'kept'))).toEqual(['file'])
  })

  it('leaves large contents out, which the journal does not hold', async () => {
    const directory = await tempDirectory()
    const note = { stagedPath: '.tmp/large', bytes: 9, digest: new Uint8Array(32) }
    const large = operation(OperationKind.create, 'd/large', encodeExternal(note), true)
    await redo(directory, [large, create('small', 'S')])
    expect((await readdir(directory)).sort()).toEqual(['.tmp', 'small'])
  })
})
