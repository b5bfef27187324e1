import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { DirectoryOptions } from '../../../../src/engine/directory-options.js'
import { AT_POINT_MAX, release, StoreSource } from '../../../../src/engine/backup/store-source.js'
import { CommittedFiles } from '../../../../src/engine/commit/committed-files.js'
import { codedFiles } from '../../../../src/engine/coded-files.js'
import type { LeftOut } from '../../../../src/format/backup-manifest.js'
import { encodeRecord } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'
import { create } from '../../disk/support.js'
import { opened } from '../support.js'

async function sourceOf(path: string, options: DirectoryOptions = {}) {
  const { volume, journal, overlay } = await opened(path, options)
  const source = new StoreSource({
    volume: codedFiles(volume, overlay),
    files: new CommittedFiles(volume, overlay),
    journal,
    lost: () => ({ files: [], omitted: 0 }),
    derived: ['.index.json'],
  })
  const commit = async (name: string, content: string): Promise<void> => {
    const reply = await journal.append(encodeRecord([create(name, content)]), 1)
    await journal.onCommitted(reply, [{ kind: 'create', path: name }])
  }
  return { source, journal, commit }
}

const refuse = async (): Promise<never> => await Promise.reject(new Error('they are few'))

/** What a walk finds. */
async function walked(source: StoreSource): Promise<{ files: string[]; left: LeftOut[] }> {
  const found: { files: string[]; left: LeftOut[] } = { files: [], left: [] }
  await source.walk(
    (file) => found.files.push(file),
    (entry) => found.left.push(entry),
    undefined,
  )
  return { files: found.files.sort(), left: found.left }
}

it('walks files, without what is derived', async () => {
  const path = await tempDirectory()
  const { source, commit } = await sourceOf(path)
  await commit('a/b', 'x')
  await mkdir(join(path, 'deep', 'er'), { recursive: true })
  await writeFile(join(path, 'deep', 'er', 'file'), '')
  await writeFile(join(path, '.index.json'), '{}')
  const files = ['.holdfast.json', 'a/b', 'deep/er/file']
  expect(await walked(source)).toEqual({ files, left: [] })
})

it('reports links, which are neither files nor directories', async () => {
  const path = await tempDirectory()
  const { source } = await sourceOf(path)
  await symlink('a', join(path, 'link'))
  expect((await walked(source)).left).toEqual([{ path: 'link', kind: 'other' }])
})

it('reports names that no commit can have', async ({ skip }) => {
  skip(isWindows, 'A backslash divides paths on Windows')
  const path = await tempDirectory()
  const { source } = await sourceOf(path)
  await writeFile(join(path, 'back\\slash'), '')
  expect((await walked(source)).left).toEqual([{ path: 'back\\slash', kind: 'name' }])
})

it('captures contents: short ones in memory, long ones as open files', async () => {
  const { source, commit } = await sourceOf(await tempDirectory())
  await commit('short', 'x')
  await commit('long', 'long'.repeat(20_000))
  await commit('dir/file', 'x')
  const captured = await source.capture(['short', 'long', 'missing', 'dir'])
  expect(captured).toMatchObject([
    { path: 'short', bytes: expect.anything() as unknown },
    { path: 'long', file: { bytes: 80_000 } },
    { path: 'missing', absent: true },
    { path: 'dir', absent: true },
  ])
  await release(captured)
})

it('follows changes until they are taken, and captures the last ones at one point', async () => {
  const { source, journal, commit } = await sourceOf(await tempDirectory())
  await commit('one', '1')
  await commit('two', '2')
  expect(source.takeChanged()).toEqual(['one', 'two'])
  source.putBack(['one', 'two'])
  await commit('three', '3')
  expect(await source.captureAtPoint(2, refuse)).toBeUndefined()
  const last = await source.captureAtPoint(3, refuse)
  expect(last?.point.lsn).toBe(journal.lsn)
  expect(last?.captured.map(({ path }) => path)).toEqual(['one', 'two', 'three'])
  expect(source.takeChanged()).toEqual([])
  source.reset()
  expect(await source.captureAtPoint(3, refuse)).toBeUndefined()
  expect(source.takeChanged()).toBeUndefined()
  expect(source.heldMs).toBeGreaterThanOrEqual(0)
  source.close()
  await commit('four', '4')
  expect(source.takeChanged()).toEqual([])
})

it('finds a point without a lock in a store that it only reads', async () => {
  const path = await tempDirectory()
  const writer = await sourceOf(path)
  await writer.commit('one', '1')
  const { source, journal } = await sourceOf(path, { readOnly: true })
  await writer.commit('two', '2')
  await source.begin()
  await source.follow()
  const last = await source.captureAtPoint(10, refuse)
  expect(last?.point.lsn).toBe(journal.lsn)
  expect(last?.captured).toMatchObject([{ path: 'two', bytes: Uint8Array.of(0x32) }])
  expect(await source.holdingWriters(async () => await Promise.resolve('done'))).toBe('done')
})

it('keeps no more than some files in memory at the point: the others are copied at once', async () => {
  const { source, commit } = await sourceOf(await tempDirectory())
  for (let at = 0; at < AT_POINT_MAX + 3; at++) await commit(`f${at}`, 'x')
  const copied: string[] = []
  const last = await source.captureAtPoint(2 * AT_POINT_MAX, async (captured) => {
    copied.push(...captured.map(({ path }) => path))
    await Promise.resolve()
  })
  expect(copied).toHaveLength(AT_POINT_MAX)
  expect(last?.captured).toHaveLength(3)
})
