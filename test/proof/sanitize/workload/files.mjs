// Every call on files and directories, with what is hostile among them.
import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expectCode } from './addon.mjs'

const GIB = 1024 ** 3
const UNSAFE = ['', '/', '..', 'a/../b', 'a//b', './a', 'a/', 'a\\b', 'a\0b']

export async function files(addon, directory, scale) {
  const { handle: volume } = await addon.openAt(directory)
  for (let round = 0; round < 4 * scale; round++) {
    const work = []
    for (let at = 0; at < 24; at++) {
      const path = `d${at % 4}/f${at}`
      const content = new Uint8Array((at * 7919) % 200_000).fill(at)
      work.push(addon.write(volume, path, content, true, at % 6 === 0))
      work.push(addon.read(volume, path, at, at % 3 === 0 ? 200_000 : 4000, at % 3 === 0))
      work.push(addon.stat(volume, path), addon.list(volume, `d${at % 4}`))
      addon.readHot(volume, path, 1 << 20)
    }
    await Promise.all(work)
    const paths = Array.from({ length: 24 }, (_, at) => `d${at % 4}/f${at}`)
    const found = await addon.readMany(volume, [...paths, 'absent', ...UNSAFE, 'd0'], 1 << 20)
    if (found.length !== paths.length + UNSAFE.length + 2) throw new Error('readMany lost some')
    for (const path of paths) addon.readHot(volume, path, 1 << 20)
    await addon.rename(volume, 'd1/f1', 'new/place', true)
    await addon.flushMany(volume, [...paths, 'absent'], ['', 'd0', 'absent'])
    await Promise.all(paths.slice(4).map((path) => addon.remove(volume, path, false)))
    await addon.remove(volume, 'new/place', false)
    await addon.remove(volume, 'new', true)
  }
  await addon.makeDirectory(volume, 'deep/er/and/deeper')
  await addon.flushFileSystem(volume)
  await addon.flushAncestors(volume)
  await addon.space(volume)
  const bytes = new Uint8Array(100_003).map((_, at) => at)
  for (let from = 0; from < 20; from++) {
    const part = bytes.subarray(from)
    if (addon.crc32c(part, from) !== addon.crc32c(part, from, true)) throw new Error('crc32c')
  }
  await tooLong(addon, volume, directory)
  await openFiles(addon, volume)
  await hostile(addon, volume, directory)
  addon.closeVolume(volume)
  await expectCode(
    ['ENOENT', 'ENOTDIR'],
    addon.openVolume(join(directory, 'no/ne'), false, 0, 0, '.t/', false),
  )
}

/** More than is asked for, more than the memory has, more than JavaScript takes; others are answered all the same. */
async function tooLong(addon, volume, directory) {
  await addon.write(volume, 'sparse', new Uint8Array(10), true, false)
  truncateSync(join(directory, 'sparse'), 9 * GIB)
  const beside = addon.read(volume, 'd0/f0', 0, 1 << 20, true)
  await expectCode('EFBIG', addon.read(volume, 'sparse', 0, 8 * GIB, true))
  await expectCode('EFBIG', addon.read(volume, 'sparse', 1, 9 * GIB - 2, true))
  const [found] = await addon.readMany(volume, ['sparse'], 4096)
  if (found.code !== 'EFBIG') throw new Error(`readMany gave ${found.code ?? found.length}`)
  addon.readHot(volume, 'sparse', 2 ** 53)
  if ((await addon.read(volume, 'sparse', 0, 300_000, false)).length !== 300_000)
    throw new Error('not cut')
  await beside
  await addon.remove(volume, 'sparse', false)
}

/** Files that stay open: written, read and flushed at once, and closed under calls that are still on their way. */
async function openFiles(addon, volume) {
  const content = new Uint8Array(100_000).map((_, at) => at)
  for (let round = 0; round < 8; round++) {
    const { handle: made } = await addon.openFile(volume, `open/f${round}`, true)
    await addon.writeOpenFile(made, 0, content)
    const last = [addon.writeOpenFile(made, content.length, content), addon.flushOpenFile(made)]
    addon.closeOpenFile(made)
    await Promise.all(last)
    const { handle, bytes } = await addon.openFile(volume, `open/f${round}`, false)
    if (bytes !== 2 * content.length) throw new Error(`openFile gave ${bytes} bytes`)
    const pieces = [0, 50_000, 2 * content.length].map((at) =>
      addon.readOpenFile(handle, at, content.length),
    )
    addon.closeOpenFile(handle)
    addon.closeOpenFile(handle)
    const lengths = (await Promise.all(pieces)).map((piece) => piece.length)
    if (lengths.join() !== '100000,100000,0') throw new Error(`readOpenFile gave ${lengths.join()}`)
  }
  await expectCode('EEXIST', addon.openFile(volume, 'open/f0', true))
  if ((await addon.openFile(volume, 'open/none', false)) !== undefined) throw new Error('opened')
}

async function hostile(addon, volume, directory) {
  symlinkSync('/etc/passwd', join(directory, 'link'))
  execFileSync('mkfifo', [join(directory, 'fifo')])
  await expectCode('ELOOP', addon.read(volume, 'link', 0, 10, true))
  await expectCode('EINVAL', addon.read(volume, 'fifo', 0, 10, true))
  await expectCode('EISDIR', addon.read(volume, 'deep', 0, 10, true))
  await expectCode('ENAMETOOLONG', addon.read(volume, 'x'.repeat(300), 0, 10, true))
  await expectCode('EEXIST', addon.createSegment(volume, 'fifo', 4096))
  await expectCode('EEXIST', addon.write(volume, 'fifo', new Uint8Array(1), false, false))
  addon.readHot(volume, 'link', 1 << 20)
  addon.readHot(volume, 'x'.repeat(5000), 1 << 20)
  const nothing = new Uint8Array(0)
  for (const path of UNSAFE) {
    addon.readHot(volume, path, 1 << 20)
    await expectCode('EINVAL', addon.read(volume, path, 0, 10, true))
    await expectCode('EINVAL', addon.write(volume, path, nothing, true, true))
    await expectCode('EINVAL', addon.rename(volume, path, 'a', true))
    await expectCode('EINVAL', addon.rename(volume, 'a', path, false))
    await expectCode('EINVAL', addon.remove(volume, path, false))
    await expectCode('EINVAL', addon.openFile(volume, path, false))
    await expectCode('EINVAL', addon.openFile(volume, path, true))
    await expectCode('EINVAL', addon.lock(volume, path, true, 0))
    await expectCode('EINVAL', addon.startSegment(volume, 'a', path, nothing))
    await expectCode('EINVAL', addon.createSegment(volume, path, 1))
    await expectCode('EINVAL', addon.flushMany(volume, [path], []))
  }
}

/** Wrong arguments of every kind in every place: thrown back, whatever else. */
export function wrongArguments(addon) {
  const wrong = [
    undefined,
    null,
    -1,
    1e300,
    NaN,
    'text',
    '\ud800',
    {},
    [],
    [1],
    true,
    1n,
    Symbol('s'),
  ]
  wrong.push(new Uint8Array(3), new Float64Array(2), new ArrayBuffer(8), () => 0)
  for (const [name, call] of Object.entries(addon.raw)) {
    for (const value of wrong) {
      for (let count = 0; count <= 8; count++) {
        try {
          const answer = call(...Array.from({ length: count }, () => value))
          if (answer instanceof Promise) answer.catch(() => undefined)
        } catch (error) {
          if (!(error instanceof TypeError)) throw new Error(`${name} threw`, { cause: error })
        }
      }
    }
  }
}
