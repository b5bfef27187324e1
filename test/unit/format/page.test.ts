import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, PageState, SharedPage } from '../../../src/format/page.js'
import { seeded } from '../../support/random.js'

const FIELDS = [
  'segment',
  'offset',
  'committed',
  'published',
  'durable',
  'checkpoint',
  'suspect',
] as const
const count = fc.nat(Number.MAX_SAFE_INTEGER)

describe('the shared page', () => {
  it('keeps every field apart from every other', () => {
    const fields = fc.record(Object.fromEntries(FIELDS.map((field) => [field, count])))
    const salt = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const state = fc.constantFrom(...Object.values(PageState))
    fc.assert(
      fc.property(fields, salt, state, fc.nat(0xffffffff), (given, epoch, is, generation) => {
        const page = new SharedPage(new ArrayBuffer(PAGE_BYTES))
        for (const field of FIELDS) page.setU64(field, given[field] ?? 0)
        page.salt = epoch
        page.state = is
        page.generation = generation
        for (const field of FIELDS) expect(page.getU64(field)).toBe(given[field])
        expect([page.salt, page.state, page.generation]).toEqual([epoch, is, generation])
      }),
      seeded(200),
    )
  })

  it('shows the low half of a generation that has grown past 32 bits', () => {
    fc.assert(
      fc.property(count, (lsn) => {
        const page = new SharedPage(new ArrayBuffer(PAGE_BYTES))
        page.generation = lsn
        expect(page.generation).toBe(Number(BigInt(lsn) & 0xffffffffn))
      }),
      seeded(200),
    )
  })

  it('has the layout that the format says, in little-endian', () => {
    const buffer = new ArrayBuffer(PAGE_BYTES)
    const page = new SharedPage(buffer)
    page.state = PageState.poisoned
    page.generation = 0x01020304
    page.chain = 0xa0b0c0d0
    page.setU64('segment', 7)
    page.setU64('offset', 4096)
    page.setU64('committed', 9)
    const bytes = new Uint8Array(buffer)
    expect([...bytes.subarray(4, 12)]).toEqual([2, 0, 0, 0, 4, 3, 2, 1])
    expect([...bytes.subarray(12, 16)]).toEqual([0xd0, 0xc0, 0xb0, 0xa0])
    expect([bytes[24], bytes[33], bytes[40]]).toEqual([7, 16, 9])
    expect(page.position).toEqual({ segment: 7, offset: 4096, lsn: 9, chain: 0xa0b0c0d0 })
  })

  it('is one memory for all who look at it', () => {
    const buffer = new ArrayBuffer(PAGE_BYTES)
    const writer = new SharedPage(buffer)
    const reader = new SharedPage(buffer)
    writer.generation = 5
    writer.setU64('published', 5)
    expect([reader.generation, reader.getU64('published')]).toEqual([5, 5])
  })

  it('is the same memory for who has calls instead of a view', () => {
    const buffer = new ArrayBuffer(PAGE_BYTES)
    const bytes = new Uint8Array(buffer)
    const mapped = new SharedPage(buffer)
    const called = new SharedPage({
      read: (into) => into.set(bytes.subarray(0, into.length)),
      write: (offset, given) => bytes.set(given, offset),
    })
    for (const [writer, reader] of [
      [mapped, called],
      [called, mapped],
    ] as const) {
      writer.erase()
      for (const [at, field] of FIELDS.entries()) writer.setU64(field, 2 ** 40 + at)
      Object.assign(writer, { magic: 1, state: 2, generation: 3, chain: 4, salt: 5n, file: 6n })
      writer.boot = 'the number of a boot'
      expect(FIELDS.map((field) => reader.getU64(field))).toEqual(
        FIELDS.map((_, at) => 2 ** 40 + at),
      )
      const { magic, state, generation, position, salt, file, boot } = reader
      expect([magic, state, generation, position.chain, salt, file, boot]).toEqual([
        1,
        2,
        3,
        4,
        5n,
        6n,
        'the number of a boot',
      ])
    }
    called.erase()
    expect([mapped.boot, mapped.file, mapped.magic]).toEqual(['', 0n, 1])
  })
})
