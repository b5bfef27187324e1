import { describe, expect, it } from 'vitest'
import { parseLog, windowsOf } from './device-log.mjs'
import { flush, logOf, mark, write } from './log-of.js'

describe('the log of the recording disk', () => {
  it('returns writes, flushes and marks in their order', () => {
    const log = logOf([write(4096, 'first'), mark({ ack: 'a' }), flush(), write(0, 'second')])
    expect(parseLog(log)).toEqual([
      { kind: 'write', offset: 4096, bytes: Buffer.from('first') },
      { kind: 'mark', mark: { ack: 'a' } },
      { kind: 'flush' },
      { kind: 'write', offset: 0, bytes: Buffer.from('second') },
    ])
  })

  it('reads offsets beyond 4 GiB', () => {
    const [event] = parseLog(logOf([write(5 * 2 ** 32, 'far')]))
    expect(event).toMatchObject({ offset: 5 * 2 ** 32 })
  })

  it('is refused when it is cut off, in a header or in the bytes of a write', () => {
    const log = logOf([write(0, 'whole'), write(0, 'cut off')])
    for (const length of [log.length - 1, log.length - 'cut off'.length - 3]) {
      expect(() => parseLog(log.subarray(0, length))).toThrow(/cut off/)
    }
  })

  it('is refused when it has a record of an unknown kind', () => {
    const log = logOf([flush()])
    log.writeUInt32LE(9)
    expect(() => parseLog(log)).toThrow(/kind 9/)
  })

  it('falls into windows between flushes, without those that have no write', () => {
    const events = parseLog(
      logOf([write(0, 'a'), flush(), mark({}), flush(), write(0, 'b'), mark({}), write(1, 'c')]),
    )
    expect(windowsOf(events)).toEqual([
      { from: 0, to: 1 },
      { from: 4, to: 7 },
    ])
  })
})
