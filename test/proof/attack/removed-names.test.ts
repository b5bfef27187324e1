import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'
import { startContainer } from './container.js'

/** Not a container. */
const PROCESS_ONLY = ['--fork', '--kill-child']

const file = (path: string): { kind: 'create'; path: string; bytes: Uint8Array } => ({
  kind: 'create',
  path,
  bytes: Buffer.from(path),
})

async function open(directory: string): Promise<DurableDirectory> {
  const store = await DurableDirectory.open(directory, { disk: 'native', segmentBytes: 65_536 })
  onTestFinished(async () => await store.close().catch(() => undefined))
  return store
}

describe('a store of which another program removes a file while it is open', () => {
  it.each([
    ['.shared', 'FS-FORMAT-001'],
    ['.journal', 'FS-JOURNAL-001'],
  ])('tells the next opener what became of %s, and what to do', async (name, code) => {
    const directory = await tempDirectory()
    const first = await open(directory)
    await first.commit([file('kept')])
    await rename(join(directory, name), join(await tempDirectory(), 'away'))
    await expect(open(directory)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(
        new RegExp(`'${name}' was removed or replaced while .* End every process .* open it again`),
      ) as string,
    })
  })

  it('opens again once every process has closed it after `.shared` went', async () => {
    const directory = await tempDirectory()
    const first = await open(directory)
    await first.commit([file('kept')])
    await rm(join(directory, '.shared'))
    await expect(open(directory)).rejects.toThrow(/removed or replaced/)
    await first.close()
    expect(await (await open(directory)).read('kept')).toEqual(new Uint8Array(Buffer.from('kept')))
  })

  it.each(['.presence', '.lock'])('goes on with all its processes without %s', async (name) => {
    const directory = await tempDirectory()
    const first = await open(directory)
    await first.commit([file('a')])
    await rm(join(directory, name))
    const second = await open(directory)
    await second.commit([file('b')])
    await first.commit([file('c')])
    await second.commit([file('d')])
    await expect(first.commit([file('d')])).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    for (const store of [first, second]) expect(await store.read('b')).toBeDefined()
  })

  it('does not take the next process for alone after its presence file went', async () => {
    const directory = await tempDirectory()
    const first = await open(directory)
    await rm(join(directory, '.presence'))
    const second = await open(directory)
    await second.close()
    const third = await open(directory)
    await first.commit([file('a')])
    expect(await third.read('a')).toBeDefined()
  })

  it.each(['portable', 'native'] as const)(
    'lets no process in beside the portable disk when its owner file went (%s)',
    async (disk) => {
      const directory = await tempDirectory()
      const first = await startContainer(directory, 'portable', PROCESS_ONLY)
      expect(await first.save('a')).toBe('saved')
      await rm(join(directory, '.owner'))
      for (const path of ['b', 'c']) {
        const second = await startContainer(directory, disk, PROCESS_ONLY)
        expect(second.opened).toMatch(/^FS-LOCK-001 .*'\.owner' was removed or replaced/)
        expect(await first.save(path)).toBe('saved')
      }
      await first.kill()
      await using again = await DurableDirectory.open(directory, { disk })
      for (const path of ['a', 'b', 'c']) expect(await again.read(path)).toBeDefined()
    },
  )

  it('takes one of several processes that find no owner file at once', async () => {
    const directory = await tempDirectory()
    const tried = await Promise.all(
      Array.from(
        { length: 4 },
        async () => await startContainer(directory, 'portable', PROCESS_ONLY),
      ),
    )
    expect(tried.filter(({ opened }) => opened === 'open')).toHaveLength(1)
  })
})
