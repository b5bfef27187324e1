// The scan of a whole journal. Without repaired checksums, what it believes must be a beginning of what was written;
// with them it must still end in a result or a refusal.
import { crc32c } from '../../../../dist/format/crc32c.js'
import { decodeFrameHeader, FRAME_HEADER_BYTES, FrameKind } from '../../../../dist/format/frame.js'
import { decodeRecords, encodeRecord } from '../../../../dist/format/record.js'
import { StorageError } from '../../../../dist/base/errors.js'
import { segmentPath } from '../../../../dist/format/layout.js'
import { scanJournal } from '../../../../dist/engine/journal/scan.js'
import { Random } from '../../crash/random.mjs'
import { framesOf, makeSegment, repairSegment, SALT, shuffleFrames } from '../journal.mjs'
import { mutate } from '../mutate.mjs'
import { mustEqual, unlessLater } from '../properties.mjs'

/** Two segments of one journal; an input is one byte that says whether checksums were repaired, then both segments. */
const FIRST = makeSegment(new Random('scan', 1), { frames: 5 })
const SECOND = makeSegment(new Random('scan', 2), { sequence: 2, firstLsn: 6, salt: SALT + 9n })
/** By lsn, what was committed. */
const WRITTEN = new Map([FIRST, SECOND].flatMap((one) => [...commitsOf(one)]))

export const scan = {
  seeds: () => [pack(0, FIRST, SECOND)],
  mutate(bytes, _others, random) {
    const both = [FIRST, SECOND].map((one, at) => {
      const other = at === 0 ? SECOND : FIRST
      const shuffled = random.chance(0.4) ? shuffleFrames(one, other, random) : Buffer.from(one)
      return random.chance(0.5) ? mutate(shuffled, [other], random) : shuffled
    })
    const repaired = random.chance(0.5)
    return repaired ? pack(1, ...both.map(repairSegment)) : pack(0, ...both)
  },
  async check(bytes) {
    if (bytes.length < 5) return false
    const firstBytes = bytes.readUInt32LE(1)
    const volume = volumeOf(bytes.subarray(5, 5 + firstBytes), bytes.subarray(5 + firstBytes))
    const found = await unlessLater(StorageError, async () => await scanJournal(volume))
    if (found === undefined) return false
    if (bytes[0] === 0) checkBelieved(found.entries)
    return found.damage === undefined
  },
}

/** Each entry is one that was written, whole but for what a later frame withdraws: here always the first transaction. */
function checkBelieved(entries) {
  let last = 0
  for (const { lsn, transactions } of entries) {
    const written = WRITTEN.get(lsn) ?? []
    const isWithdrawn = transactions.length === written.length - 1
    mustEqual(transactions.map(encodeRecord), isWithdrawn ? written.slice(1) : written)
    mustEqual(lsn > last, true)
    last = lsn
  }
}

function* commitsOf(segment) {
  for (const bytes of framesOf(segment)) {
    const header = decodeFrameHeader(bytes, 0, crc32c)
    if (header?.kind !== FrameKind.commit) continue
    const payload = bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + header.payloadBytes)
    yield [header.lsn, decodeRecords(payload).map(encodeRecord)]
  }
}

function pack(repaired, first, second) {
  const head = Buffer.alloc(5)
  head[0] = repaired
  head.writeUInt32LE(first.length, 1)
  return Buffer.concat([head, first, second])
}

function volumeOf(first, second) {
  const files = new Map([
    [segmentPath(1), first],
    [segmentPath(2), second],
  ])
  return {
    directory: 'fuzz',
    crc32c,
    list: async () => [...files.keys()].map((path) => ({ name: path.split('/')[1], kind: 'file' })),
    read: async (path) => files.get(path),
    readRange: async (path, offset, length) => files.get(path)?.subarray(offset, offset + length),
  }
}
