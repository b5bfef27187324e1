// Stores one key many times at once, and tells how each call has ended.
import { FileStorage } from '../../../../dist/files/file-storage.js'

const [path, name, count] = process.argv.slice(2)
const storage = await FileStorage.open({ local_storage_path: path })
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const calls = Array.from({ length: Number(count) }, (_, at) => storage.store('k', `${name} ${at}`))
const results = await Promise.allSettled(calls)
await storage.close()
const codes = results.map(({ reason }) => reason?.code ?? 'stored')
process.stdout.write(`${JSON.stringify([...new Set(codes)])}\n`)
process.exit(0)
