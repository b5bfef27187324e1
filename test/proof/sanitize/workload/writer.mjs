// Commits, reads and lists in one store, beside others that do the same.
import { loadBinding, nativeInfo } from '../../../../dist/disk/native/load-binding.js'
import { nativeDisk } from '../../../../dist/disk/native/native-disk.js'
import { DurableDirectory } from '../../../../dist/index.js'

const [addon, directory, name, saves] = process.argv.slice(2)
const binding = loadBinding(addon)
if (binding === undefined) throw new Error(nativeInfo(addon).reason)

const disk = nativeDisk(binding)
const options = { disk, checkpointIdleMs: 20, segmentBytes: 1 << 20, lockTimeoutMs: 120_000 }
const store = await DurableDirectory.open(directory, { ...options, ioTimeoutMs: 120_000 })
for (let round = 0; round < Number(saves); round++) {
  const work = Array.from({ length: 8 }, (_, at) => {
    const path = `${name}/${round}-${at}`
    const bytes = new Uint8Array(at * 5000).fill(at)
    return store.commit([{ kind: 'create', path, bytes }])
  })
  await Promise.all(work)
  const found = await store.read(`${name}/${round}-7`)
  if (found?.length !== 35_000) throw new Error('an acknowledged file is not there')
  await store.commit([{ kind: 'remove', path: `${name}/${round}-0` }])
}
await store.close()
