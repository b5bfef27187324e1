import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { KeyvHoldfast } from '../../../src/adapters/keyv.js'
import { holdfastDriver } from '../../../src/adapters/unstorage.js'
import { FileStorage } from '../../../src/files/index.js'
import {
  DurableDirectory,
  FileSystemStorage,
  InMemoryStorage,
  VersionManager,
  subscribe,
} from '../../../src/index.js'
import { importWorkflows } from '../../../src/optimizer/index.js'
import { tempDirectory } from '../../support/temp.js'

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
    ['"entries"', async () => await files.storeMany({} as never)],
    ['"entries[1]"', async () => await files.storeMany([{ key: 'k', data: 'x' }, null as never])],
    ['"keys"', async () => await files.deleteMany('abc' as never)],
    ['"keys"', async () => await files.retrieveMany({ length: 1 } as never)],
    ['"keys"', async () => await files.existsMany(undefined as never)],
    ['"start"', async () => await files.retrieveStream('k', { end: 10 } as never)],
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

it('the constructor of an engine directory is not for users either', () => {
  const construct = DurableDirectory as unknown as new () => unknown
  expect(() => new construct()).toThrow(/await DurableDirectory\.open\(directory\)/)
})

it('a schema whose documents could not be named is refused at open, where it describes itself', async () => {
  const storageDir = await tempDirectory()
  const schema = z.object({ body: z.string(), version: z.string() })
  const open = FileSystemStorage.open as (options: object) => Promise<unknown>
  const { message } = await failure(async () => await open({ storageDir, schema }))
  expect(message).toContain('its output has no "prompt_id"')
  expect(() => new InMemoryStorage({ schema: z.strictObject({}) } as never)).toThrow(
    'its output has no "prompt_id" and no "version"',
  )
  // What may have them passes, and so does what cannot be described.
  const named = z.object({ prompt_id: z.string(), version: z.string() })
  for (const fitting of [named, z.looseObject({}), named.transform((given) => given)]) {
    await using storage = new InMemoryStorage({ schema: fitting as never } as never)
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0' } as never)
  }
})

it('more versions than a transaction takes are refused with how many fit, and nothing is saved', async () => {
  const storageDir = await tempDirectory()
  await using store = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  const prompt = { workflow_id: 'w', node_id: 'n', node_type: 'llm' }
  const many = (count: number, text: string) =>
    Array.from({ length: count }, (_, at) => ({
      prompt_id: `p${at}`,
      version: '1.0.0',
      created_at: '2026-01-01T00:00:00.000Z',
      prompt: { ...prompt, id: `p${at}`, text },
    }))
  const byCount = await failure(async () => await store.saveVersions(many(4097, 'x')))
  expect(byCount.name).toBe('RangeError')
  expect(byCount.message).toContain('saveVersions takes at most 4096 versions, got 4097')

  const long = many(2049, 'x').map((version, at) => {
    const id = `${'全'.repeat(200)}${at}`
    return { ...version, prompt_id: id, prompt: { ...version.prompt, id } }
  })
  const withIds = await failure(async () => await store.saveVersions(long))
  expect(withIds.message).toContain('takes at most 2047 versions of 2049 prompts whose long ids')

  const large = many(60, 'x'.repeat(90_000))
  const byBytes = await failure(async () => await store.saveVersions(large))
  const fitting = Number(/the first (\d+) of its 60 files fit/.exec(byBytes.message)?.[1])
  expect(await store.listPromptIds()).toEqual([])
  await store.saveVersions(large.slice(0, fitting))
  const next = large.map((version) => ({ ...version, version: '1.0.1' }))
  const over = await failure(async () => await store.saveVersions(next.slice(0, fitting + 1)))
  expect(over.message).toContain(`the first ${fitting} of its ${fitting + 1} files fit`)
})

it('a version that is not in the trash of a store without one is told with the remedy', async () => {
  const storageDir = await tempDirectory()
  await using store = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  await expect(store.restoreVersion('p', '1.0.0')).rejects.toMatchObject({
    code: 'OPT-VER-002',
    message: expect.stringContaining('enableTrash: true') as string,
    context: { reason: 'no_trash' },
  })
  await store.close()
  await using trashing = await FileSystemStorage.open({ storageDir, enableTrash: true })
  expect(await trashing.restoreVersion('p', '1.0.0')).toBe(false)
})

it('errors from deep inside have the line of the call in their stacks', async () => {
  const storageDir = await tempDirectory()
  await using store = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  const manager = new VersionManager({ storage: store })
  const prompt = { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text: 'Hello' }
  await manager.createVersion({ prompt })
  const files = await FileStorage.open({ backend: 'memory' })
  await using open = await FileStorage.open({ backend: 'memory' })
  const keyv = new KeyvHoldfast({ storage: files })
  const driver = holdfastDriver({ storage: files })
  await files.close()
  const calls: readonly [string, () => Promise<unknown>][] = [
    [
      'a wrong document',
      async () => await store.saveVersion({ prompt_id: 'p', version: '1.0.0' } as never),
    ],
    [
      'an expectation',
      async () => await manager.createVersion({ prompt, expectedLatest: '7.0.0' }),
    ],
    ['a wrong value of a file', async () => await open.store('key', new Date() as never)],
    ['keyv, closed', async () => await keyv.set('key', 'value')],
    ['unstorage, closed', async () => await driver.setItem?.('key', 'value', {})],
    [
      'keyv, no place',
      async () => await new KeyvHoldfast({ local_storage_path: '/dev/null/x' }).get('key'),
    ],
    [
      'a cloud that is not configured',
      async () => await FileStorage.open({ s3_bucket_name: 'b', s3_region: 7 as never }),
    ],
    [
      'a taken version',
      async () => await store.saveVersion({ ...(await manager.getLatestVersion('p'))! }),
    ],
  ]
  const limit = Error.stackTraceLimit
  // As Node has it: the test runner has raised it.
  Error.stackTraceLimit = 10
  try {
    for (const [name, call] of calls) {
      const error = await failure(async function theCaller() {
        return await call()
      })
      expect(error.stack, name).toContain('theCaller')
      expect(Error.stackTraceLimit).toBe(10)
    }
    Error.stackTraceLimit = 2
    const short = await failure(calls[0]![1])
    expect(short.stack?.split('\n    at ')).toHaveLength(3)
  } finally {
    Error.stackTraceLimit = limit
  }
})

it.each([
  ['asc', ['1.0.0', '1.0.1']],
  ['desc', ['1.0.1', '1.0.0']],
] as const)('the order may be called %s, by every list', async (order, names) => {
  const storageDir = await tempDirectory()
  await using disk = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  await using memory = new InMemoryStorage()
  for (const storage of [disk, memory]) {
    const manager = new VersionManager({ storage })
    const prompt = { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm' }
    for (const text of ['one', 'two']) await manager.createVersion({ prompt: { ...prompt, text } })
    expect(await storage.listVersionNames('p', { order })).toEqual(names)
    for (const list of [
      await storage.listVersions('p', { order }),
      await manager.listVersions('p', { order }),
      await manager.getVersionHistory('p', { order }),
    ])
      expect(list.map(({ version }) => version)).toEqual(names)
  }
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
