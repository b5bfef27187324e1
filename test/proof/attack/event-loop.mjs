import { DurableDirectory, FileSystemStorage, InMemoryStorage } from '../../../dist/index.js'
import { FileStorage } from '../../../dist/files/index.js'

// Runs a loop of one kind of read until a timer of the process has fired, and prints "turned", or "starved" at the end.
const [kind, dir] = process.argv.slice(2)
const MOST_MS = 10_000

const node = { workflow_id: 'w', node_id: 'n', node_type: 'llm' }
const version = {
  version: '1.0.0',
  prompt_id: 'p',
  created_at: '2026-01-02T03:04:05.678Z',
  prompt: { ...node, id: 'p', text: 'hello' },
}

const reads = {
  directory: async () => {
    const directory = await DurableDirectory.open(dir)
    await directory.commit([{ kind: 'replace', path: 'a', bytes: Buffer.from('x') }])
    return [directory, async () => await directory.read('a')]
  },
  'version, cached': async () => await versions({}, (storage) => storage.getVersion('p', '1.0.0')),
  'version, hot': async () =>
    await versions({ useCache: false }, (storage) => storage.getVersion('p', '1.0.0')),
  latest: async () => await versions({}, (storage) => storage.getLatestVersion('p')),
  names: async () => await versions({}, (storage) => storage.listVersionNames('p')),
  list: async () => await versions({}, (storage) => storage.listVersions('p')),
  ids: async () => await versions({}, (storage) => storage.listPromptIds()),
  memory: async () => {
    const storage = new InMemoryStorage()
    await storage.saveVersion(version)
    return [storage, async () => await storage.getVersion('p', '1.0.0')]
  },
  'file, hot': async () => await files({ enable_cache: false }, (storage) => storage.retrieve('k')),
  'file, cached': async () => await files({}, (storage) => storage.retrieve('k')),
  stat: async () => await files({}, (storage) => storage.stat('k')),
}

async function versions(options, read) {
  const storage = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0, ...options })
  await storage.saveVersion(version)
  return [storage, async () => await read(storage)]
}

async function files(options, read) {
  const storage = new FileStorage({
    backend: 'local',
    local_storage_path: dir,
    min_free_mb: 0,
    ...options,
  })
  await storage.store('k', 'hello')
  return [storage, async () => await read(storage)]
}

const [closeable, read] = await reads[kind]()
let turned = false
setTimeout(() => (turned = true), 20)
const begin = performance.now()
while (!turned && performance.now() - begin < MOST_MS) await read()
console.log(turned ? 'turned' : 'starved')
await closeable.close()
