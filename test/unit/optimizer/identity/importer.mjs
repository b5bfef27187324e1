// Imports the workflows of a JSON file into a store, so that it can be killed on the way.
import { readFileSync } from 'node:fs'
import { importWorkflows } from '../../../../dist/bundled/optimizer.js'
import { FileSystemStorage } from '../../../../dist/index.js'

const [storageDir, file] = process.argv.slice(2)
const storage = await FileSystemStorage.open({ storageDir })
process.stdout.write('open\n')
await importWorkflows(JSON.parse(readFileSync(file, 'utf8')), { storage, concurrency: 4 })
await storage.close()
