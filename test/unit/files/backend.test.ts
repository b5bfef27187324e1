import { expect, it } from 'vitest'
import type { FileBackend } from '../../../src/files/backend.js'
import { withFallback } from '../../../src/files/fallback/backend.js'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { tempDirectory } from '../../support/temp.js'
import { putText } from './bucket/files.js'

const local = async (): Promise<LocalBackend> =>
  await LocalBackend.open(await tempDirectory(), { disk: 'portable' })

it.each<[string, () => Promise<FileBackend>]>([
  ['in memory', async () => await Promise.resolve(new MemoryBackend())],
  ['in a directory', local],
  [
    'in a cloud with a fallback',
    async () => await withFallback(new MemoryBackend(), await local()),
  ],
])('every call of a closed backend fails, and says where its files are: %s', async (_, open) => {
  const backend = await open()
  const place = backend instanceof LocalBackend ? backend.directory.path : undefined
  await backend.close()
  for (const call of [
    async () => await putText(backend, 'k', 'text'),
    async () => await backend.get('k'),
    async () => await backend.head('k'),
    async () => await backend.delete('k'),
    async () => await backend.list({ prefix: '', limit: 1 }),
  ]) {
    const failure: unknown = await call().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'FS-CLOSED-001', context: { place: expect.any(String) } })
    if (place !== undefined) expect(failure).toMatchObject({ context: { place } })
  }
  await backend.close()
})
