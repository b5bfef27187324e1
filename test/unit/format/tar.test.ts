import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tarEnd, tarHeader, tarPadding } from '../../../src/format/tar.js'
import { tempDirectory } from '../../support/temp.js'

describe('an archive', () => {
  it('is unpacked by tar, with names of any length and script', async () => {
    const root = await tempDirectory()
    const files = new Map([
      ['plain.txt', Buffer.from('plain')],
      ['a/b/empty', Buffer.alloc(0)],
      [`${'long/'.repeat(40)}name`, randomBytes(1024)],
      [`${'x'.repeat(99)}y`, randomBytes(511)],
      [`${'x'.repeat(98)}yz`, randomBytes(513)],
      ['全书翻译/über.json', Buffer.from('{}')],
    ])
    const modifiedMs = Date.UTC(2026, 10, 29, 21, 15, 3)
    const pieces = [...files].flatMap(([path, content]) => [
      tarHeader({ path, bytes: content.length, modifiedMs }),
      content,
      tarPadding(content.length),
    ])
    await writeFile(join(root, 'archive.tar'), Buffer.concat([...pieces, tarEnd()]))
    await mkdir(join(root, 'out'))
    execFileSync('tar', ['-C', join(root, 'out'), '-xf', join(root, 'archive.tar')])
    for (const [path, content] of files) {
      expect(await readFile(join(root, 'out', path))).toEqual(content)
      expect((await stat(join(root, 'out', path))).mtimeMs).toBe(modifiedMs)
    }
  })

  it('has the size of a content that no plain header can hold', () => {
    const header = Buffer.from(tarHeader({ path: 'huge', bytes: 2 ** 40, modifiedMs: 0 }))
    expect(header.toString('latin1')).toContain(` size=${2 ** 40}\n`)
    expect(header.length % 512).toBe(0)
    expect(tarPadding(512)).toHaveLength(0)
    expect(tarPadding(1)).toHaveLength(511)
  })
})
