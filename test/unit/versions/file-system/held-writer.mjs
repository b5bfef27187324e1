// Saves a version, and stops before its commit reaches the disk until its parent lets it go on.
import { chooseDisk } from '../../../../dist/disk/choose-disk.js'
import { FileSystemStorage } from '../../../../dist/index.js'

const [, , storageDir] = process.argv
const native = chooseDisk('native')
let isHolding = false
const answered = new Promise((resolve) => process.once('message', resolve))

/** The object, with another method in place of one of its own. */
const having = (target, name, method) =>
  new Proxy(target, {
    get: (_, member) => {
      if (member === name) return method
      const found = Reflect.get(target, member, target)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })

const disk = having(native, 'openVolume', async (...given) => {
  const volume = await native.openVolume(...given)
  return having(volume, 'openCommitter', async (options) => {
    const committer = await volume.openCommitter(options)
    return having(committer, 'commit', async (request) => {
      if (isHolding) {
        isHolding = false
        process.send({ held: true })
        await answered
      }
      return await committer.commit(request)
    })
  })
})

const storage = await FileSystemStorage.open({ storageDir, disk, minFreeMb: 0 })
isHolding = true
const text = 'x'
const prompt = { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text }
const document = {
  version: '1.0.0',
  prompt_id: 'p',
  created_at: '2025-01-17T10:30:00.000Z',
  prompt,
}
const error = await storage.saveVersion(document).then(
  () => undefined,
  ({ code, context }) => ({ code, context }),
)
process.send({ error })
await storage.close()
process.disconnect()
