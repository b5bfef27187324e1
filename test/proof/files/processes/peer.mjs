// Another process with a storage of files open, which does what its parent asks for: a method of the storage, or `extra`.
import { FileStorage } from '../../../../dist/files/file-storage.js'
import { answerParent } from '../../../support/answer-parent.mjs'

const storage = await FileStorage.open(JSON.parse(process.argv[2]))
let writing = false

const extra = {
  /** Stores and deletes one key until it is told to stop, numbering what it does; reports each when it is done. */
  async changeForever(key) {
    writing = true
    for (let at = 1; writing; at++) {
      // Every fifth is a delete.
      if (at % 5 === 0) await storage.delete(key)
      else await storage.store(key, at)
      process.send({ saved: String(at) })
    }
  },
  async stop() {
    writing = false
  },
  async close() {
    await storage.close()
    process.disconnect()
  },
}

answerParent((method) => extra[method] ?? ((...given) => storage[method](...given)))
