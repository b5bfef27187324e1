import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTar } from '../../../../src/engine/backup/read-tar.js'
import { tarEnd, tarHeader, tarPadding } from '../../../../src/format/tar.js'
import { packed } from '../../../support/tar.js'
import { tempDirectory } from '../../../support/temp.js'

async function contentsOf(source: Iterable<Uint8Array>): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for await (const { path, bytes, content } of readTar(source)) {
    const pieces: Uint8Array[] = []
    for await (const piece of content) pieces.push(piece)
    found.set(path, Buffer.concat(pieces))
    expect(found.get(path)).toHaveLength(bytes)
  }
  return found
}

/** In pieces of a length that divides nothing. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 97) yield bytes.subarray(at, at + 97)
}

function archiveOf(...files: readonly (readonly [path: string, content: string])[]): Buffer {
  const pieces = files.flatMap(([path, content]) => [
    tarHeader({ path, bytes: content.length, modifiedMs: 0 }),
    Buffer.from(content),
    tarPadding(content.length),
  ])
  return Buffer.concat([...pieces, tarEnd()])
}

const LONG = `${'long/'.repeat(60)}name`

describe('the files of an archive', () => {
  it.each(['posix', 'gnu', 'ustar'] as const)(
    'are read as tar has packed them (%s)',
    async (format) => {
      const root = await tempDirectory()
      const names = ['plain', 'dir/inner', format === 'ustar' ? 'dir/other' : LONG, 'empty']
      for (const name of names) {
        await mkdir(join(root, name, '..'), { recursive: true })
        await writeFile(join(root, name), name === 'empty' ? '' : `content of ${name}`.repeat(50))
      }
      const found = await contentsOf(inPieces(packed(root, format)))
      expect([...found.keys()].sort()).toEqual([...names].sort())
      for (const name of names) expect(found.get(name)).toEqual(await readFile(join(root, name)))
    },
  )

  it('are passed over when their content is not read', async () => {
    const names: string[] = []
    for await (const { path } of readTar([archiveOf(['a', 'x'.repeat(2000)], ['b', 'y'])]))
      names.push(path)
    expect(names).toEqual(['a', 'b'])
  })
})

describe('a hostile archive', () => {
  const whole = archiveOf(['a', 'content'])
  const patched = (at: number, bytes: string): Buffer => {
    const copy = Buffer.from(whole)
    copy.write(bytes, at, 'latin1')
    const sum = copy.subarray(0, 512).reduce((total, byte, place) => {
      return total + (place >= 148 && place < 156 ? 0x20 : byte)
    }, 0)
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    return copy
  }

  it.each([
    ['a path that leads up', archiveOf(['../x', '']), 'unsafe path'],
    ['an absolute path', archiveOf(['/etc/passwd', '']), 'unsafe path'],
    ['a long path that leads up', archiveOf([`${LONG}/../../../x`, '']), 'unsafe path'],
    ['a file twice', archiveOf(['a', '1'], ['./a', '2']), 'twice'],
    ['a symbolic link', patched(156, '2'), 'is not a file'],
    ['a hard link', patched(156, '1'), 'is not a file'],
    ['a device', patched(156, '3'), 'is not a file'],
    ['a size of other letters', patched(124, 'zzz'), 'not a number'],
    ['a size over 2^53', patched(124, '\x80\xff\xff\xff\xff\xff\xff\xff'), 'not a number'],
    ['a size beyond its end', patched(124, '77777777777'), 'ends too early'],
    ['a damaged header', Buffer.from(whole).fill(0x41, 0, 3), 'damaged'],
    ['a cut end', whole.subarray(0, 700), 'ends too early'],
    ['nothing', Buffer.alloc(0), 'ends too early'],
    ['a name of any length', patched(156, 'L').fill('7', 124, 135), 'damaged'],
  ])('is refused for %s', async (_, bytes, why) => {
    await expect(contentsOf(inPieces(bytes))).rejects.toThrow(why)
  })
})
