// Changes bytes at random: what a bad disk, a torn write or a hostile hand makes of them.
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x2e, 0x2f, 0x25, 0x7e, 0x0a]
const BIG = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 8, 4096]

/** A changed copy; `others` are inputs to borrow from. */
export function mutate(bytes, others, random) {
  let changed = Buffer.from(bytes)
  for (let left = random.integer(1, 4); left > 0; left--)
    changed = random.pick(MUTATIONS)(changed, others, random)
  return changed
}

export function randomBytes(random, max) {
  return Buffer.from(Array.from({ length: random.integer(0, max) }, () => random.integer(0, 255)))
}

const MUTATIONS = [
  function flipBit(bytes, _others, random) {
    const at = place(bytes, random)
    if (at < bytes.length) bytes[at] ^= 1 << random.integer(0, 7)
    return bytes
  },
  function setByte(bytes, _others, random) {
    const at = place(bytes, random)
    if (at < bytes.length) bytes[at] = random.pick(INTERESTING)
    return bytes
  },
  function setWord(bytes, _others, random) {
    const at = random.integer(0, Math.max(0, bytes.length >> 2)) * 4
    if (at + 4 <= bytes.length) bytes.writeUInt32LE(random.pick(BIG), at)
    return bytes
  },
  function nudgeWord(bytes, _others, random) {
    const at = place(bytes, random)
    if (at + 4 <= bytes.length)
      bytes.writeUInt32LE((bytes.readUInt32LE(at) + random.integer(-3, 3)) >>> 0, at)
    return bytes
  },
  function cut(bytes, _others, random) {
    return bytes.subarray(0, place(bytes, random))
  },
  function drop(bytes, _others, random) {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  function double(bytes, _others, random) {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)])
  },
  function swap(bytes, _others, random) {
    const [from, to] = range(bytes, random)
    const middle = random.integer(from, to)
    const parts = [[0, from], [middle, to], [from, middle], [to, bytes.length]] // prettier-ignore
    return Buffer.concat(parts.map(([start, end]) => bytes.subarray(start, end)))
  },
  function insert(bytes, _others, random) {
    const at = place(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), randomBytes(random, 8), bytes.subarray(at)])
  },
  function splice(bytes, others, random) {
    const other = random.pick(others)
    return Buffer.concat([
      bytes.subarray(0, place(bytes, random)),
      other.subarray(place(other, random)),
    ])
  },
]

function place(bytes, random) {
  return random.integer(0, bytes.length)
}

/** Mostly short. */
function range(bytes, random) {
  const from = place(bytes, random)
  const most = random.chance(0.7) ? Math.min(bytes.length, from + 16) : bytes.length
  return [from, random.integer(from, most)]
}
