// Another process with both adapters over one directory: does what it is told, and tells what came of it.
import { on } from 'node:events'
import { createStorage } from 'unstorage'
import { createKeyv } from '../../../dist/adapters/keyv.js'
import { holdfastDriver } from '../../../dist/adapters/unstorage.js'

const config = { local_storage_path: process.argv[2] }
const keyv = createKeyv({ ...config, base: 'keyv' }, { namespace: 'shared' })
const storage = createStorage({
  driver: holdfastDriver({ storage: keyv.store.storage, base: 'items' }),
})

const messages = on(process, 'message')
await keyv.has('ready')
process.send({ result: 'ready' })
for await (const [{ subject, method, given }] of messages)
  process.send({ result: await { keyv, storage }[subject][method](...given) })
