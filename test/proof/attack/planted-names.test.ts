import { spawnSync } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { StorageError } from '../../../src/base/errors.js'
import { document, holdfast } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'

type Plant = (path: string) => Promise<void>

/** What is at a name of the store in the place of a regular file. */
const PLANTS: Readonly<Record<string, Plant>> = {
  'a FIFO': async (path) => {
    expect(spawnSync('mkfifo', [path]).status).toBe(0)
    await Promise.resolve()
  },
  'a socket': async (path) => {
    const server = createServer().listen(path)
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
  },
  'a directory': async (path) => void (await mkdir(join(path, 'inside'), { recursive: true })),
  'a link to a device': async (path) => await symlink('/dev/zero', path),
  'a link to nowhere': async (path) => await symlink('nowhere', path),
  'a file without an end': async (path) => {
    await writeFile(path, '')
    expect(spawnSync('truncate', ['-s', '3G', path]).status).toBe(0)
  },
}

const NAMES = ['.owner', '.lock', '.shared', '.holdfast.json', '.journal', '.alive']
const DISKS = ['native', 'portable'] as const

const cases = DISKS.flatMap((disk) =>
  NAMES.flatMap((name) => Object.keys(PLANTS).map((plant) => [disk, plant, name] as const)),
)
/** What is a directory of the store, whatever is in it; what is as long as it may be; what is not read. */
const FINE = new Set(['a directory .journal', 'a directory .alive', 'a file without an end .lock'])

describe.skipIf(process.platform === 'win32')('opening a store', () => {
  it.each(cases)(
    'on the %s disk ends with an answer where %s is at %s',
    async (disk, plant, name) => {
      const directory = await tempDirectory()
      const store = await DurableDirectory.open(directory, { disk, segmentBytes: 65_536 })
      await store.commit([{ kind: 'create', path: 'kept', bytes: Buffer.from('kept') }])
      await store.close()
      const path = join(directory, name)
      await rm(path, { recursive: true, force: true })
      await PLANTS[plant]?.(path)
      const opening = DurableDirectory.open(directory, { disk, ioTimeoutMs: 20_000 })
      const outcome = await opening.catch((error: unknown) => error)
      if (outcome instanceof DurableDirectory) {
        // The portable disk maps no page: it rewrites the file.
        const isRewritten = disk === 'portable' && name === '.shared'
        if (!isRewritten) expect(FINE).toContain(`${plant} ${name}`)
        await outcome.close()
        return
      }
      expect(outcome).toBeInstanceOf(StorageError)
      expect((outcome as StorageError).code).toMatch(/^FS-/)
      expect((outcome as StorageError).context).not.toMatchObject({ error: 'ETIMEDOUT' })
    },
  )
})

describe.skipIf(process.platform === 'win32')('an import of a directory', () => {
  it.each(Object.keys(PLANTS))('passes over %s and takes the rest', async (plant) => {
    const parent = await tempDirectory()
    const directory = join(parent, 'workflows')
    await mkdir(directory)
    await PLANTS[plant]?.(join(directory, 'a.yml'))
    await writeFile(join(directory, 'b.yml'), 'not: a workflow')
    const { stderr, code } = await holdfast(['import', directory, '--dir', join(parent, 'store')])
    expect(code).toBe(1)
    expect(stderr).toContain('b.yml is not a Dify workflow')
    if (plant !== 'a directory') expect(stderr).toMatch(/a\.yml cannot be read/)
  })

  it('still reads a FIFO that the user names', async () => {
    const directory = await tempDirectory()
    const fifo = join(directory, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    const saving = holdfast(['save', fifo, '--dir', join(directory, 'store')])
    await writeFile(fifo, document('p', '1.0.0'))
    expect(await saving).toMatchObject({ code: 0 })
  })

  it('ends at the limit of a device that the user names', async () => {
    const directory = await tempDirectory()
    const { code, stderr } = await holdfast(['save', '/dev/zero', '--dir', directory])
    expect(code).not.toBe(0)
    expect(stderr).toContain('it is larger than')
  })
})
