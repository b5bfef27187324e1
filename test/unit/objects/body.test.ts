import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { ObjectBody, rangeBody } from '../../../src/objects/body.js'

const IDLE_MS = 60

const bodyOf = (source: Readable, bytes: number, idleMs = IDLE_MS): ObjectBody =>
  new ObjectBody(source, { key: 'k', bytes, idleMs })

const sourceOf = (text: string): Readable =>
  Readable.from([Buffer.from(text)], { objectMode: false })

const failing = (reason: string, bytesRead: number): object => ({
  code: 'FS-UNAVAILABLE-001',
  context: { key: 'k', reason, bytes_read: bytesRead },
})

describe('the body of an answer', () => {
  it('is what was expected, or it fails: shorter, longer, or broken off', async () => {
    expect((await buffer(bodyOf(sourceOf('12345'), 5))).toString()).toBe('12345')
    expect(await buffer(bodyOf(Readable.from([], { objectMode: false }), 0))).toHaveLength(0)
    await expect(buffer(bodyOf(sourceOf('1234'), 5))).rejects.toMatchObject(failing('short', 4))
    await expect(buffer(bodyOf(sourceOf('123456'), 5))).rejects.toMatchObject(failing('long', 6))
    const reset = new PassThrough()
    const reading = buffer(bodyOf(reset, 5))
    reset.write('12')
    await sleep(5)
    reset.destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))
    await expect(reading).rejects.toMatchObject(failing('ECONNRESET', 2))
    const closed = new PassThrough()
    const waiting = buffer(bodyOf(closed, 5))
    closed.destroy()
    await expect(waiting).rejects.toMatchObject(failing('closed', 0))
  })

  it('fails when the service leaves its reader waiting, and not when its reader is slow', async () => {
    const silent = new PassThrough()
    const reading = buffer(bodyOf(silent, 5))
    silent.write('1')
    await expect(reading).rejects.toMatchObject(failing('timeout', 1))
    expect(silent.destroyed).toBe(true)
    const big = Buffer.alloc(300_000, 'x')
    const pieces = Array.from({ length: 3 }, (_, at) => big.subarray(at * 100_000, (at + 1) * 1e5))
    const slow = bodyOf(Readable.from(pieces, { objectMode: false }), big.length)
    let bytes = 0
    for await (const chunk of slow) {
      bytes += (chunk as Buffer).length
      await sleep(IDLE_MS * 1.5)
    }
    expect(bytes).toBe(big.length)
  })

  it('tells its reader of a failure that came before the first read', async () => {
    const source = new PassThrough()
    const body = bodyOf(source, 5)
    source.destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))
    await sleep(5)
    expect(body.destroyed).toBe(false)
    await expect(buffer(body)).rejects.toMatchObject(failing('ECONNRESET', 0))
  })

  it('releases the connection when it is destroyed', async () => {
    const source = new PassThrough()
    bodyOf(source, 5).destroy()
    await sleep(1)
    expect(source.destroyed).toBe(true)
  })

  it('of a range has just its bytes, cut at the end of the file', async () => {
    const file = { key: 'k', storedBytes: 10 }
    const read = async (text: string, range?: { start: number; end?: number }): Promise<string> =>
      (await buffer(rangeBody(file, range, sourceOf(text), IDLE_MS))).toString()
    expect(await read('0123456789')).toBe('0123456789')
    expect(await read('789', { start: 7 })).toBe('789')
    expect(await read('23', { start: 2, end: 4 })).toBe('23')
    expect(await read('9', { start: 9, end: 99 })).toBe('9')
    await expect(read('234', { start: 2, end: 4 })).rejects.toMatchObject({
      context: { reason: 'long', bytes: 2 },
    })
  })
})
