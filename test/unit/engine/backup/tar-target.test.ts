import { createWriteStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { verifyBackups } from '../../../../src/engine/backup/backups.js'
import { TarTarget } from '../../../../src/engine/backup/tar-target.js'
import { backedUp, digests, storedFiles } from '../../../support/backup-reader.mjs'
import { contradictionIn, operationsOf } from '../../../support/counted-store.mjs'
import { unpack } from '../../../support/tar.js'
import { bytes, placesOf } from './support.js'

async function unpacked(archive: string): Promise<string> {
  const directory = `${archive}.unpacked`
  await mkdir(directory)
  unpack(await readFile(archive), directory)
  return directory
}

it('is a directory of backups when it is unpacked, of a store that changed meanwhile', async () => {
  const { directory, place, to } = await placesOf()
  await directory.commit([
    { kind: 'remove', path: 'long' },
    { kind: 'remove', path: 'empty' },
  ])
  await directory.commit([
    { kind: 'remove', path: 'a/one.txt' },
    { kind: 'remove', path: 'a/b/two.txt' },
  ])
  const work = { isDone: false }
  const writing = (async () => {
    for (let n = 1; !work.isDone; n++) await directory.commit(operationsOf('w', n))
  })()
  await mkdir(to)
  const archive = join(to, 'archive.tar')
  const stream = createWriteStream(archive)
  const report = await directory.backup(stream)
  work.isDone = true
  await writing
  stream.end()
  await finished(stream)
  expect(report).toMatchObject({ sequence: 1, full: true })
  const backups = await unpacked(archive)
  const { contents } = backedUp(backups, 1)
  expect(contradictionIn(contents, ['w'])).toBeUndefined()
  expect((await verifyBackups(backups)).ok).toBe(true)
  await DurableDirectory.restore(backups, { to: place })
  expect(digests(storedFiles(place))).toEqual(digests(contents))
})

it('has a file that comes again under another name', async () => {
  const written: Uint8Array[] = []
  const stream = new Writable({
    write: (chunk: Uint8Array, _, done) => {
      written.push(chunk)
      done()
    },
  })
  const target = new TarTarget(stream, 'run')
  const [first, second] = await Promise.all([
    target.put({ path: 'a', bytes: bytes('one') }),
    target.put({ path: 'a', bytes: bytes('two') }),
  ])
  expect([first.as, second.as]).toEqual([undefined, 'again-2/a'])
  await target.drop()
  await target.finish(bytes('manifest'))
  const text = Buffer.concat(written).toString('latin1')
  const places = ['run/files/a', 'run/again-2/a', 'run/manifest.jsonl'].map((name) =>
    text.indexOf(name),
  )
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(places[0]).toBe(0)
})

it('fails with the stream, whose failure ends nothing else', async () => {
  const { directory, to } = await placesOf()
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  await expect(directory.backup(stream)).rejects.toMatchObject({
    code: 'FS-IO-001',
    context: { reason: 'stream' },
  })
  const links = directory.backup(new Writable(), { snapshot: true })
  await expect(links).rejects.toThrow('a stream can hold no links')
  expect(await directory.backup(to)).toMatchObject({ sequence: 1 })
})
