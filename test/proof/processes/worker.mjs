// A worker thread that saves until it is stopped, telling of each save that is done.
import { parentPort, workerData } from 'node:worker_threads'
import { FileSystemStorage } from 'holdfast'
import { documentOf } from './document.mjs'

const { storageDir, name } = workerData
const storage = await FileSystemStorage.open({ storageDir })
let stopped = false
let made = 0

parentPort.on('message', (question) => {
  if (question === 'stop') stopped = true
  else void storage.listPromptIds().then((ids) => parentPort.postMessage({ ids }))
})
parentPort.postMessage({ ready: true })

await Promise.all(Array.from({ length: 8 }, saveUntilStopped))
parentPort.postMessage({ done: made, versions: await storage.listVersionNames(name) })
await storage.close()
parentPort.close()

async function saveUntilStopped() {
  while (!stopped) {
    const version = `1.0.${made++}`
    await storage.saveVersion(documentOf(name, version))
    parentPort.postMessage({ saved: version })
  }
}
