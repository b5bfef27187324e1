// A process that saves versions as fast as it can, until its standard input closes or it is killed.
// It tells its parent what it does, line by line: "begin VERSION" before a save, "ack VERSION" once the save has
// resolved. Writing to a pipe is synchronous, so a line that was written survives this process.
import { writeSync } from 'node:fs'
import { FileSystemStorage } from 'holdfast'

const SAVES_AT_ONCE = 16
const STANDARD_OUTPUT = 1

const [storageDir, promptId, firstMinor] = process.argv.slice(2)
const storage = await FileSystemStorage.open({ storageDir })
let patch = 0
let stopped = false
process.stdin.on('end', () => (stopped = true)).resume()

await Promise.all(Array.from({ length: SAVES_AT_ONCE }, saveUntilStopped))
await storage.close()

async function saveUntilStopped() {
  while (!stopped) {
    const version = `1.${firstMinor}.${patch++}`
    tell(`begin ${version}`)
    await storage.saveVersion(documentOf(version))
    tell(`ack ${version}`)
  }
}

function tell(line) {
  writeSync(STANDARD_OUTPUT, `${line}\n`)
}

function documentOf(version) {
  return {
    version,
    prompt_id: promptId,
    created_at: new Date().toISOString(),
    parent_version: null,
    metadata: { author: `process ${process.pid}` },
    prompt: {
      id: promptId,
      workflow_id: 'demo',
      node_id: promptId,
      node_type: 'llm',
      text: `Version ${version} of ${promptId}. ${'Every word of it counts. '.repeat(30)}`,
      role: 'system',
      variables: [],
      context: {},
    },
    analysis: null,
    optimization_result: null,
  }
}
