// Stores files and now and then deletes one, in a storage that keeps their versions; tells each beginning and each
// acknowledgement of a store, until it is killed.
import { writeSync } from 'node:fs'
import { FileStorage } from '../../../../dist/files/file-storage.js'

const [path, name, round] = process.argv.slice(2)
const storage = await FileStorage.open({ storageDir: path, keepVersions: 4, minFreeMb: 0 })
let counter = Number(round) * 1_000_000
writeSync(1, 'ready\n')
await Promise.all(
  Array.from({ length: 3 }, async (_, lane) => {
    const key = `${name}/lane${lane}.bin`
    for (;;) {
      const value = counter++
      // What is deleted is kept as well: the history of the key goes on.
      if (value % 7 === 6) await storage.delete(key)
      const content = Buffer.alloc([10, 5000, 400_000][value % 3], `${value} `)
      content.writeUInt32LE(value, 0)
      writeSync(1, `begin ${key} ${value}\n`)
      await storage.store(key, content, { value })
      writeSync(1, `done ${key} ${value}\n`)
    }
  }),
)
