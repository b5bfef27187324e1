import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { subscribe } from '../../../src/base/channels.js'
import { historyOf, resolveVersion, versionsOf, viewOf } from '../../../src/files/history.js'
import { isVersionKeeper } from '../../../src/files/kept.js'
import type { FileParts } from '../../../src/files/parts.js'
import { openContent } from '../../../src/files/reader.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { bytesFrom, contentOf, listOf, openParts } from './support.js'

async function holding(...texts: readonly string[]): Promise<FileParts> {
  const parts = await openParts({ keepVersions: 5 })
  for (const text of texts) await storeContent(parts, contentOf('k', text))
  return parts
}

it('lists what was replaced while it was being read as current', async () => {
  const parts = await holding('one', 'two')
  const { backend } = parts
  if (!isVersionKeeper(backend)) throw new Error('it keeps versions')
  const versions = backend.versions.bind(backend)
  backend.versions = async (key) => {
    await storeContent(parts, contentOf('k', 'three'))
    await storeContent(parts, contentOf('k', 'four'))
    return await versions(key)
  }
  const history = await historyOf(parts, 'k')
  expect(history.map(({ current }) => current)).toEqual([true, false])
})

it('reads a version that is replaced between the two places where it can be', async () => {
  const parts = await holding('one', 'two')
  const { backend } = parts
  const etag = (await backend.head('k'))?.etag ?? ''
  const head = backend.head.bind(backend)
  backend.head = async (key) => {
    backend.head = head
    await storeContent(parts, contentOf('k', 'three'))
    return await head(key)
  }
  const opened = await openContent(viewOf(parts, etag), 'k', undefined)
  expect((await bytesFrom(opened?.body)).toString()).toBe('two')
})

it('lists the versions before a damaged current file', async () => {
  const storageDir = await tempDirectory()
  const parts = await openParts({ backend: 'local', storageDir, keepVersions: 5 })
  for (const text of ['one', 'two']) await storeContent(parts, contentOf('k', text))
  await writeFile(join(storageDir, '.meta', 'k~f.json'), '{"damaged":')
  await expect(parts.backend.head('k')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
  const [one, ...others] = await historyOf(parts, 'k')
  expect(others).toEqual([])
  const opened = await openContent(viewOf(parts, one?.version ?? ''), 'k', undefined)
  expect((await bytesFrom(opened?.body)).toString()).toBe('one')
})

it('leaves out versions that are not trusted, and says so', async () => {
  const storageDir = await tempDirectory()
  const plain = { backend: 'local', storageDir, keepVersions: 5 } as const
  const before = await openParts(plain)
  for (const text of ['one', 'two']) await storeContent(before, contentOf('k', text))
  await before.backend.close()
  const keys = { enableEncryption: true, encryptionKey: Buffer.alloc(32, 7) }
  const parts = await openParts({ ...plain, ...keys })
  const warnings: string[] = []
  const stop = subscribe('warning', ({ code }) => void warnings.push(code))
  expect(await historyOf(parts, 'k')).toEqual([])
  stop()
  expect(warnings).toEqual(['untrusted-file', 'untrusted-file'])
})

it('takes a version as the only option, and none as the current file', async () => {
  const parts = await holding('one')
  expect(resolveVersion({}, 'stat')(parts)).toBe(parts)
  expect(() => resolveVersion({ version: 3 as never }, 'stat')).toThrow(TypeError)
  expect(() => resolveVersion({ Version: 'x' } as never, 'stat')).toThrow(/stat/)
  expect(await listOf(versionsOf(parts.backend))).toEqual([])
})
