// What the recording disk has noted, in the order in which it happened: writes, flushes, and the marks of the workload.
//
// A record is a header of 16 bytes (u32 kind, u32 bytes that follow, u64 offset on the disk; little-endian), then the
// bytes.
const HEADER_BYTES = 16
const WRITE = 1
const FLUSH = 2
const MARK = 3

/** Events: {kind: 'write', offset, bytes}, {kind: 'flush'}, {kind: 'mark', mark}, the mark parsed. */
export function parseLog(log) {
  const events = []
  for (let at = 0; at < log.length;) {
    if (at + HEADER_BYTES > log.length) throw new Error(`The log is cut off at byte ${at}`)
    const kind = log.readUInt32LE(at)
    const count = log.readUInt32LE(at + 4)
    const offset = Number(log.readBigUInt64LE(at + 8))
    at += HEADER_BYTES
    if (at + count > log.length) throw new Error(`The log is cut off at byte ${at}`)
    events.push(eventOf(kind, offset, log.subarray(at, at + count)))
    at += count
  }
  return events
}

function eventOf(kind, offset, bytes) {
  if (kind === WRITE) return { kind: 'write', offset, bytes }
  if (kind === FLUSH) return { kind: 'flush' }
  if (kind === MARK) return { kind: 'mark', mark: JSON.parse(bytes.toString('utf8')) }
  throw new Error(`The log has a record of kind ${kind}`)
}

/**
 * The stretches between two flushes that have a write in them: {from, to}, places in the list of events, `to` not
 * included. Until the flush at `to`, the disk may have kept any of these writes, or a part of any, or none.
 */
export function windowsOf(events) {
  const windows = []
  let from = 0
  for (let at = 0; at <= events.length; at++) {
    if (at < events.length && events[at].kind !== 'flush') continue
    const has = events.slice(from, at).some(({ kind }) => kind === 'write')
    if (has) windows.push({ from, to: at })
    from = at + 1
  }
  return windows
}
