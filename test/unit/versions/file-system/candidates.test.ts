import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../../support/temp.js'

let seconds = 0
const schema = z.strictObject({
  prompt_id: z.string(),
  version: z.string(),
  created_at: z.string().default(() => new Date(++seconds * 1000).toISOString()),
  body: z.string(),
})

it.each([
  ['in memory', async () => new MemoryStorage({ schema })],
  [
    'in a directory',
    async () => await FileSystemStorage.open({ storageDir: await tempDirectory(), schema }),
  ],
])(
  'the time that a schema fills in tells no difference, one that is given does, %s',
  async (_, open) => {
    await using storage = await open()
    const given = { prompt_id: 'p', version: '1.0.0', body: 'hello' } as z.output<typeof schema>
    await storage.saveVersion(given)
    await storage.saveVersion(given, { ifSame: 'accept' })
    const dated = { ...given, created_at: '2001-01-01T00:00:00.000Z' }
    const conflict = { code: 'OPT-VER-001', sameContent: false }
    await expect(storage.saveVersion(dated, { ifSame: 'accept' })).rejects.toMatchObject(conflict)
    const other = { ...given, body: 'other' }
    await expect(storage.saveVersion(other, { ifSame: 'accept' })).rejects.toMatchObject(conflict)
  },
)

it('what is stored and cannot be read is not known to be the same', async () => {
  await using storage = await FileSystemStorage.open({ storageDir: await tempDirectory() })
  const version = sampleVersion('p', '1.0.0')
  await storage.saveVersion(version)
  await writeFile(storage.pathOf('p', '1.0.0'), '{"cut":')
  await expect(storage.saveVersion(version, { ifSame: 'accept' })).rejects.toMatchObject({
    code: 'OPT-VER-001',
    sameContent: false,
  })
})
