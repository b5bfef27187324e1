// Replays an outbox, to be killed while it does: node replayer.mjs DIRECTORY CONFIG. It says `pending N` at the end.
import { openCloud } from '../../../../dist/files/bucket/open.js'
import { withFallback } from '../../../../dist/files/fallback/backend.js'
import { LocalBackend } from '../../../../dist/files/local/backend.js'

const [directory, config] = process.argv.slice(2)
const local = await LocalBackend.open(directory)
const cloud = await openCloud(JSON.parse(config))
const files = await withFallback(cloud, local, { onConflict: 'cloud-wins' })
const { pending } = await files.sync()
await files.close()
process.stdout.write(`pending ${pending}\n`)
