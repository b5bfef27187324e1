// What runs on another platform: a store of the built package, native disk only.
//
//   node store.mjs save DIRECTORY PROMPT    one version after another, each told as `saved VERSION`, until it is killed
//                                           or has saved 100
//   node store.mjs read DIRECTORY           all of it, as JSON
import { writeSync } from 'node:fs'
import { FileSystemStorage, VersionManager, nativeInfo } from '../../dist/index.js'

const VERSIONS = 100
/** What a killed writer may leave. */
const HARMLESS = ['leftover']

const [command, directory, promptId] = process.argv.slice(2)
const storage = await FileSystemStorage.open({ storageDir: directory, disk: 'native' })
await { save, read }[command]()
await storage.close()

async function save() {
  const manager = new VersionManager({ storage })
  const place = { workflow_id: 'platforms', node_id: 'llm', node_type: 'llm', role: 'system' }
  for (let each = 0; each < VERSIONS; each++) {
    const prompt = { ...place, id: promptId, text: `Zeile ${each} 🌍`, variables: [], context: {} }
    const { version } = await manager.createVersion({ prompt })
    // At once, so that what was told outlives this process.
    writeSync(1, `saved ${version}\n`)
  }
}

async function read() {
  const prompts = {}
  for (const id of await storage.listPromptIds()) prompts[id] = await storage.listVersions(id)
  const { findings } = await storage.verify()
  const damage = findings.filter(({ kind }) => !HARMLESS.includes(kind))
  console.log(JSON.stringify({ binary: nativeInfo().path, prompts, damage }))
}
