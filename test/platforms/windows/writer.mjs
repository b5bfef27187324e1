// Saves versions until it is ended; each that is acknowledged is noted in a file that is flushed.
import { fsyncSync, openSync, writeSync } from 'node:fs'
import { FileSystemStorage } from '../../../dist/index.js'
import { contentOf } from './contents.mjs'

const [directory, notes, promptId] = process.argv.slice(2)
const storage = await FileSystemStorage.open({ storageDir: directory, disk: 'native' })
const file = openSync(notes, 'a')
const LANES = 4
await Promise.all(Array.from({ length: LANES }, async (_, lane) => await save(lane)))

async function save(lane) {
  const id = `${promptId}-${lane}`
  for (let patch = 0; ; patch++) {
    const version = `1.0.${patch}`
    await storage.saveVersion(contentOf(id, version))
    writeSync(file, `${id} ${version}\n`)
    fsyncSync(file)
  }
}
