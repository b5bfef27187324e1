// Stores, overwrites and deletes files without end, telling each beginning and each acknowledgement, until it is killed.
import { writeSync } from 'node:fs'
import { FileStorage } from '../../../../dist/files/file-storage.js'

const [path, seed] = process.argv.slice(2)
const storage = await FileStorage.open({ local_storage_path: path })
let counter = Number(seed) * 1_000_000
writeSync(1, 'ready\n')
await Promise.all(
  Array.from({ length: 4 }, async (_, lane) => {
    for (;;) {
      const key = `lane${lane}/file${counter % 2}.txt`
      const value = counter++
      if (value % 5 === 4) {
        writeSync(1, `begin ${key} -\n`)
        await storage.delete(key)
        writeSync(1, `done ${key} -\n`)
      } else {
        // Small, compressible, and over the limit of what is copied into the journal.
        const length = [10, 5000, 400_000][value % 3]
        const content = Buffer.alloc(length, value % 2 === 0 ? 'ab' : `${value} `)
        content.writeUInt32LE(value, 0)
        writeSync(1, `begin ${key} ${value}\n`)
        await storage.store(key, content, { value })
        writeSync(1, `done ${key} ${value}\n`)
      }
    }
  }),
)
