import { expect, it, vi } from 'vitest'
import { FileStorage } from '../../src/files/index.js'
import {
  FileSystemStorage,
  InMemoryStorage,
  VersionManager,
  importWorkflows,
  subscribe,
} from '../../src/index.js'
import { tempDirectory } from '../support/temp.js'

async function failure(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work()
  } catch (error) {
    return error as Error
  }
  return new Error('It has not failed')
}

it('each call checks its options as open does: unknown keys, types, bounds', async () => {
  const directory = await tempDirectory()
  await using store = await FileSystemStorage.open({ storageDir: directory, minFreeMb: 0 })
  await using files = await FileStorage.open({ backend: 'memory' })
  const wrong: readonly [string, () => Promise<unknown>][] = [
    ['"olderThanMs"', async () => await store.purgeTrash({ olderThanMs: 'x' } as never)],
    ['"olderThanMs"', async () => await store.purgeTrash({ olderThanMs: Number.NaN })],
    ['"olderThanMs"', async () => await store.purgeTrash({ olderThanMs: -1 })],
    ['"topN"', async () => await store.warmCache({ topN: 'x' } as never)],
    ['"topN"', async () => await store.warmCache({ topN: -1 })],
    ['"requiredMb"', async () => await store.checkDiskSpace({ requiredMb: 'x' } as never)],
    ['"requiredMb"', async () => await store.checkDiskSpace({ requiredMb: -1 })],
    ['"quarantineMax"', async () => await store.verify({ quarantineMax: 'x' } as never)],
    ['"prefix"', async () => await files.listKeys(7 as never)],
    ['"limit"', async () => await files.listKeys('', 'x' as never)],
    ['"prefix"', async () => await files.keys({ prefix: 7 } as never).next()],
    ['"prefixx"', async () => await files.files({ prefixx: 'a' } as never).next()],
    ['"prefix"', async () => await files.cleanupOldFiles(1, { prefix: 7 } as never)],
    ['"onConflict"', async () => await files.sync({ onConflict: 'x' } as never)],
    ['"conflict"', async () => await files.sync({ conflict: 'x' } as never)],
    ['"storage"', async () => await importWorkflows([], undefined as never)],
  ]
  for (const [name, work] of wrong) {
    const error = await failure(work)
    expect(error.name, `${name}: ${error.message}`).toMatch(/^(Type|Range)Error$/)
    expect(error).toHaveProperty('code', 'ERR_HOLDFAST_ARGUMENT')
    expect(error.message).toContain(name)
  }
  expect(await store.warmCache({ topN: 0 })).toBe(0)
})

it.each([
  ['v1.0.1', "did you mean '1.0.1'?"],
  ['1.0', "did you mean '1.0.0'?"],
  ['1.1.0-beta.1', 'allowPrerelease: true'],
  ['latest', 'getLatestVersion(promptId)'],
  ['^1', 'getLatestVersion(promptId)'],
])('the version %s is refused with what to do instead', async (version, remedy) => {
  await using storage = new InMemoryStorage()
  expect((await failure(async () => await storage.getVersion('p', version))).message).toContain(
    remedy,
  )
})

it.each(['dir', 'path', 'directory', 'root'])('%s is another word for storageDir', async (word) => {
  const open = FileSystemStorage.open as (options: object) => Promise<unknown>
  expect((await failure(async () => await open({ [word]: 'x' }))).message).toContain(
    'did you mean "storageDir"?',
  )
})

it('a constructor that is not for users says what is', () => {
  const construct = FileSystemStorage as unknown as new () => unknown
  expect(() => new construct()).toThrow(/await FileSystemStorage\.open\(\{ storageDir \}\)/)
})

it('the stack of a refused document leads to the call, also when calls wait for others', async () => {
  await using storage = new InMemoryStorage()
  const manager = new VersionManager({ storage })
  const prompt = { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text: ' ' }
  const errors = await Promise.all(
    [1, 2, 3].map(async function theCaller() {
      return await failure(async () => await manager.createVersion({ prompt }))
    }),
  )
  for (const error of errors) {
    expect(error.message).toContain('prompt.text')
    expect(error.stack).toContain('misuse.test.ts')
  }
})

it('configuration keys without effect are accepted with a warning', async () => {
  const emitted = vi.fn<(warning: Error) => void>()
  process.on('warning', emitted)
  const messages: string[] = []
  const stop = subscribe('warning', ({ code, message }) => {
    if (code === 'option-without-effect') messages.push(message)
  })
  for (let round = 0; round < 2; round++) {
    await using files = await FileStorage.open({
      backend: 'memory',
      enable_metrics: true,
      metrics_port: 9090,
      enable_tracing: false,
    })
    expect(await files.listKeys()).toEqual([])
  }
  await new Promise((resolve) => setImmediate(resolve))
  stop()
  process.off('warning', emitted)
  expect(messages).toHaveLength(2)
  expect(messages[0]).toContain('"enable_metrics", "metrics_port"')
  expect(messages[0]).not.toContain('enable_tracing')
  expect(emitted).toHaveBeenCalledTimes(1)
})
