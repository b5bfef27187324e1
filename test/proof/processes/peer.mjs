// Another process with the store open, which does what its parent asks for: a method of the storage, or one of `extra`.
import { setImmediate as turn } from 'node:timers/promises'
import { FileSystemStorage, VersionManager } from 'holdfast'
import { documentOf, promptOf } from './document.mjs'
import { answerParent } from '../../support/answer-parent.mjs'

const options = JSON.parse(process.argv[2])
let storage = await FileSystemStorage.open(options)
let saving = false

const extra = {
  /** Saves `count` prompts of its own, 16 at a time. */
  async saveMany(prefix, count) {
    let next = 0
    const lane = async () => {
      while (next < count) await storage.saveVersion(documentOf(`${prefix}-${next++}`, '1.0.0'))
    }
    await Promise.all(Array.from({ length: 16 }, lane))
  },
  /** Lets the manager number `count` versions; returns the numbers. */
  async createVersions(promptId, count, author) {
    const manager = new VersionManager({ storage })
    const versions = []
    for (let made = 0; made < count; made++) {
      const prompt = promptOf(promptId, `${author} ${made}`)
      versions.push((await manager.createVersion({ prompt, metadata: { author } })).version)
    }
    return versions
  },
  async save(promptId, version, text) {
    await storage.saveVersion(documentOf(promptId, version, text))
  },
  async openAndClose(times) {
    await storage.close()
    for (let opened = 0; opened < times; opened++) {
      storage = await FileSystemStorage.open(options)
      await storage.close()
    }
    storage = await FileSystemStorage.open(options)
  },
  /** Saves until it is killed, telling of each save that is done. */
  async saveForever(prefix) {
    saving = true
    for (let made = 0; saving; made++) {
      await storage.saveVersion(documentOf(prefix, `1.0.${made}`))
      process.send({ saved: `1.0.${made}` })
      await turn()
    }
  },
  async close() {
    saving = false
    await storage.close()
    process.disconnect()
  },
}

process.on('disconnect', () => (saving = false))
answerParent((method) => extra[method] ?? ((...given) => storage[method](...given)))
