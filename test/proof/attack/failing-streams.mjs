// Hands streams that fail before they are read to every call that takes one. An unhandled error ends this process.
import { createReadStream, readdirSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { DurableDirectory } from '../../../dist/engine/durable-directory.js'
import { FileStorage } from '../../../dist/files/file-storage.js'
import { holdfastDriver } from '../../../dist/adapters/unstorage.js'

const [config, directory] = process.argv.slice(2)
const storage = await FileStorage.open(JSON.parse(config))
const durable = await DurableDirectory.open(directory)
const driver = holdfastDriver({ storage })
const seen = []

const aborted = () => {
  const stream = new PassThrough()
  process.nextTick(() => stream.destroy(new Error('aborted')))
  return stream
}
const sources = {
  missing: () => createReadStream('/nowhere/at/all'),
  aborted,
  late: () => {
    const stream = new PassThrough()
    setTimeout(() => stream.destroy(new Error('late')), 1)
    return stream
  },
  web: () => new ReadableStream({ start: (controller) => controller.error(new Error('web')) }),
  iterable: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('iterable')) }),
  }),
}
const calls = {
  storeStream: (body) => storage.storeStream('k', body),
  setItemRaw: (body) => driver.setItemRaw('k', body, {}),
  stage: (body) => durable.stage(body),
}
for (const [call, run] of Object.entries(calls)) {
  for (const [source, make] of Object.entries(sources)) {
    const outcome = await run(make()).then(
      () => 'stored',
      (error) => error.code ?? error.message,
    )
    seen.push([call, source, outcome])
  }
}

// What is refused for another reason leaves no stream open.
const refused = {
  'wrong key': (body) => storage.storeStream('../k', body),
  'wrong option': (body) => storage.storeStream('k', body, { unknown: 1 }),
  'wrong ttl': (body) => driver.setItemRaw('k', body, { ttl: -1 }),
  'wrong length of key': (body) => driver.setItemRaw('k'.repeat(20_000), body, {}),
  condition: (body) => storage.storeStream('k', body, { ifMatch: 'none' }),
}
const leftOpen = []
const check = async (name, run, stream) => {
  const failed = await run(stream).then(
    () => false,
    () => true,
  )
  if (!failed || !(stream.destroyed ?? stream.wasCancelled)) leftOpen.push(name)
}
for (const [name, run] of Object.entries(refused)) {
  await check(name, run, Readable.from([Buffer.from('bytes')]))
  await check(name, run, createReadStream(process.execPath, { end: 99 }))
  const web = new ReadableStream({ cancel: () => void (web.wasCancelled = true) })
  if (name !== 'condition') await check(`${name}, web`, run, web)
}
await storage.close()
await durable.close()
await check('closed', refused.condition, createReadStream(process.execPath))
await check('closed directory', (body) => durable.stage(body), createReadStream(process.execPath))
await new Promise((resolve) => setTimeout(resolve, 20))
const open = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
process.stdout.write(JSON.stringify({ seen, leftOpen, open }))
process.exit(0)
