// Makes a store of VERSIONS versions and closes it: `node build-child.js HOW DIRECTORY VERSIONS`.
import { FileSystemStorage } from '../../../dist/index.js'
import { documentOf, storedNameAt } from '../plan/document.js'
import { buildSeedStore } from '../subjects/seed-design.js'

const BATCH = 1000
const BATCHES_TOGETHER = 3

const [how, directory = '', count] = process.argv.slice(2)
const versions = Number(count)
// The store is not needed when the bench has been stopped.
process.on('disconnect', () => process.exit(1))
if (how === 'seed-design') await buildSeedStore(directory, versions)
else await buildStore()
process.exit(0)

/** Without flushes: it is not timed, and the checkpoint at closing flushes everything. */
async function buildStore(): Promise<void> {
  const storage = await FileSystemStorage.open({ storageDir: directory, durability: 'none' })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < versions) {
      const from = next
      next = Math.min(versions, next + BATCH)
      const documents = Array.from({ length: next - from }, (_, at) =>
        documentOf(storedNameAt(from + at, versions)),
      )
      await storage.saveVersions(documents)
    }
  }
  await Promise.all(Array.from({ length: BATCHES_TOGETHER }, lane))
  await storage.close()
}
