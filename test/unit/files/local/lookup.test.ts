import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { putBytes } from '../../../../src/files/conformance/subject.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { absent, findRecord, openFileAt, wrongVersion } from '../../../../src/files/local/lookup.js'
import { localKey } from '../../../../src/files/local/path.js'
import { tempDirectory } from '../../../support/temp.js'
import { bytesFrom } from '../support.js'

const AT = localKey('a.txt', { foldCase: false })

async function holding(): Promise<{ backend: LocalBackend; path: string }> {
  const path = await tempDirectory()
  const backend = await LocalBackend.open(path)
  onTestFinished(async () => await backend.close())
  await putBytes(backend, 'a.txt', '0123456789')
  return { backend, path }
}

it('finds a document, a damaged one without its file, and none', async () => {
  const { backend, path } = await holding()
  const found = await findRecord(backend.directory, AT)
  expect(found?.file).toMatchObject({ key: 'a.txt', storedBytes: 10 })
  expect(absent(AT, undefined)).toBeUndefined()
  await writeFile(join(path, '.meta', 'a.txt.json'), '{}')
  const damaged = await findRecord(backend.directory, AT)
  expect(damaged?.file).toBeUndefined()
  expect(() => absent(AT, damaged)).toThrow(/damaged/)
  await rm(join(path, '.meta', 'a.txt.json'))
  expect(await findRecord(backend.directory, AT)).toBeUndefined()
})

it('opens a range of a file, and says what is wrong with a payload', async () => {
  const { backend, path } = await holding()
  const open = async (): ReturnType<typeof openFileAt> =>
    await openFileAt(backend.directory, AT, { start: 2, end: 4 }, 1000)
  expect((await bytesFrom((await open())?.body)).toString()).toBe('23')
  await writeFile(join(path, 'a.txt'), '0123')
  await expect(open()).rejects.toMatchObject({ context: { reason: 'cut' } })
  await rm(join(path, 'a.txt'))
  await expect(open()).rejects.toMatchObject({ context: { reason: 'missing' } })
  await backend.delete('a.txt')
  expect(await open()).toBeUndefined()
})

it('calls the document of another version damaged', () => {
  const error = wrongVersion('a.txt', '.versions/x')
  expect(error).toMatchObject({ code: 'FS-LOAD-001', context: { reason: 'document' } })
})
