// node stream.mjs CONFIG MIB: stores a stream of MIB MiB and reads it back; prints its peak memory in MiB.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { FileStorage } from '../../../dist/files/file-storage.js'

const [settings, mebibytes] = process.argv.slice(2)
const MIB = 1024 * 1024
const config = JSON.parse(settings)
const storage = await FileStorage.open(config)
const written = createHash('sha256')

async function* source() {
  for (let at = 0; at < Number(mebibytes); at++) {
    // Encrypted, the begin lets the stream be compressed; the rest cannot become smaller.
    const piece =
      at === 0 && config.enable_encryption ? Buffer.alloc(MIB, 'text ') : randomBytes(MIB)
    written.update(piece)
    yield piece
  }
}

const info = await storage.storeStream('large', source())
const read = createHash('sha256')
let bytes = 0
const { body } = await storage.retrieveStream('large')
for await (const chunk of body) {
  read.update(chunk)
  bytes += chunk.length
}
await storage.close()
const digest = written.digest('hex')
// Encrypted, the digest that a caller gets is keyed: it must tell nothing of the text.
const isToldAsMeant = (info.digest === digest) !== (config.enable_encryption === true)
const same = isToldAsMeant && read.digest('hex') === digest
console.log(
  JSON.stringify({
    bytes,
    same,
    stored: info.stored_bytes,
    mebibytes: mostMemory(),
  }),
)

/** Of this program: what getrusage tells counts what its parent had when it forked, too. */
function mostMemory() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
}
