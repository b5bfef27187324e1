// What a user of the library writes, from its README; then says which disk it has got.
import { cpus } from 'node:os'
import { FileSystemStorage, nativeInfo, VersionManager } from 'holdfast'
import { FileStorage } from 'holdfast/files'

const directory = process.argv[2]
const storage = await FileSystemStorage.open({ storageDir: `${directory}/prompts` })
const manager = new VersionManager({ storage })
const node = { workflow_id: 'demo', node_id: 'llm', node_type: 'llm', role: 'system' }
const prompt = { ...node, id: 'greeting', text: 'Hello!', variables: [], context: {} }
await manager.createVersion({ prompt })
await manager.createVersion({ prompt: { ...prompt, text: 'Hello, you!' } })
const latest = await storage.getLatestVersion('greeting')
const { disk } = await storage.getStorageStats()
await storage.close()

const files = await FileStorage.open({ local_storage_path: `${directory}/files`, backend: 'local' })
await files.store('a/key', { on: cpus().length > 0 })
const value = await files.retrieve('a/key')
await files.close()

const { available, reason = null } = nativeInfo()
console.log(JSON.stringify({ latest: latest?.version, value, available, disk, reason }))
