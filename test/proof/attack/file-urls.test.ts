import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/index.js'
import { DurableDirectory, FileSystemStorage } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

it('a file: URL is taken wherever a path is', async () => {
  const directory = await tempDirectory()
  const url = pathToFileURL(join(directory, 'a store'))
  await using store = await FileSystemStorage.open({ storageDir: url, minFreeMb: 0 })
  expect(store.storageDir).toBe(join(directory, 'a store'))
  // As a sandbox with globals of its own has it.
  const foreign = { href: new URL('engine', `${url.href}/../`).href, protocol: 'file:' } as URL
  await using engine = await DurableDirectory.open(foreign)
  expect(engine.path).toBe(join(directory, 'engine'))
  const files = join(directory, 'files')
  await using storage = await FileStorage.open({ local_storage_path: pathToFileURL(files) })
  await storage.store('key', 'text')
  await storage.close()
  await using again = await FileStorage.open({ local_storage_path: files })
  expect(await again.retrieve('key')).toBe('text')
})

it('the text of a URL is refused, where it would be a relative path', async () => {
  const text = pathToFileURL(await tempDirectory()).href
  for (const open of [
    async () => await FileSystemStorage.open({ storageDir: text }),
    async () => await DurableDirectory.open(text),
    async () => await FileStorage.open({ local_storage_path: text }),
  ])
    expect((await failure(open)).message).toContain(`pass new URL('${text}'), or a path`)
})

it.each(['https://example.org/store', 'file://host/store', 'file:///a%2Fb'])(
  'the URL %s is refused as no path of this machine',
  async (text) => {
    const url = new URL(text)
    for (const [name, open] of [
      ['storageDir', async () => await FileSystemStorage.open({ storageDir: url })],
      ['directory', async () => await DurableDirectory.open(url)],
      ['local_storage_path', async () => await FileStorage.open({ local_storage_path: url })],
    ] as const) {
      const { message } = await failure(open)
      expect(message).toContain(`Option "${name}" must be a path, or a "file:" URL`)
      expect(message).not.toContain('searchParams')
    }
  },
)

async function failure(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing failed')
}
