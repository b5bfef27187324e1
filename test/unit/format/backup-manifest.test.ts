import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../src/base/errors.js'
import {
  contentPath,
  decodeLine,
  encodeFile,
  encodeRemoved,
  encodeSummary,
  linesOf,
  sealManifest,
  splitManifest,
  type BackedUpFile,
  type BackupSummary,
} from '../../../src/format/backup-manifest.js'
import { seeded } from '../../support/random.js'

const SHA = 'ab'.repeat(32)
const summary: BackupSummary = {
  sequence: 2,
  previous: { sequence: 1, sha256: SHA },
  lsn: 7,
  at: '2026-11-29T21:00:00.000Z',
  store: { kind: 'versions', created_at: '2026-01-01T00:00:00.000Z' },
  linked: false,
  files: 1,
  bytes: 3,
  lost: { files: [], omitted: 0 },
  left_out: [],
  left_out_omitted: 0,
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (value: unknown, run = 2): unknown =>
  decodeLine(typeof value === 'string' ? value : JSON.stringify(value), run)

describe('the line of a file', () => {
  it('is read as it was written, whatever its name is', () => {
    const file = fc.record({
      path: fc
        .array(fc.stringMatching(/^[^/\\\0.][^/\\\0]{0,20}$/u), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join('/')),
      bytes: fc.nat(),
      sha256: fc.constant(SHA),
      run: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(file, (given: BackedUpFile) => {
        const line = encodeFile(given, 9)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(decode(line.trimEnd(), 9)).toEqual(given)
      }),
      seeded(300),
    )
  })

  it('says where the content is, and its time, where that is known', () => {
    const file = { path: 'a/b', bytes: 1, sha256: SHA, run: 1, as: 'again-2/a/b', modifiedMs: 1.5 }
    expect(decode(encodeFile(file, 2).trimEnd())).toEqual(file)
    expect(contentPath(file)).toBe('again-2/a/b')
    expect(contentPath({ path: 'a/b' })).toBe('files/a/b')
  })

  it.each([
    [{ file: '../x', bytes: 1, sha256: SHA }, 'unsafe path'],
    [{ file: '/etc/passwd', bytes: 1, sha256: SHA }, 'unsafe path'],
    [{ file: '.journal/000000000001.log', bytes: 1, sha256: SHA }, 'unsafe path'],
    [{ file: 'a', bytes: -1, sha256: SHA }, 'size'],
    [{ file: 'a', bytes: 1, sha256: 'short' }, 'digest'],
    [{ file: 'a', bytes: 1, sha256: SHA, in: 3 }, 'no backup before'],
    [{ file: 'a', bytes: 1, sha256: SHA, as: '../../x' }, 'unsafe path'],
    [{ file: 'a', bytes: 1, sha256: SHA, modified_ms: '1' }, 'time'],
    [{ removed: 'a/../b' }, 'unsafe path'],
    [{ backup: { ...summary, files: 'many' } }, 'not complete'],
    [{ backup: { ...summary, at: 'yesterday' } }, 'not complete'],
    [{ backup: null }, 'no summary'],
    ['[]', 'not an object'],
    ['{', 'not JSON'],
  ])('is refused when no backup has written it: %j', (line, why) => {
    expect(() => decode(line)).toThrow(FormatError)
    expect(() => decode(line)).toThrow(why)
  })
})

describe('a manifest', () => {
  it('ends with the checksum of what is before it', () => {
    const text = `${encodeRemoved('gone')}${encodeSummary(summary)}`
    const sha256 = createHash('sha256').update(text).digest('hex')
    const bytes = utf8(text + sealManifest(sha256))
    const split = splitManifest(bytes)
    expect(split.sha256).toBe(sha256)
    expect(Buffer.from(split.covered).toString()).toBe(text)
    const lines = [...linesOf(bytes)].flat().map((line) => decodeLine(line, 2))
    expect(lines).toEqual([{ removed: 'gone' }, { summary }])
  })

  it('is taken apart into the lines that it has, however long it is', () => {
    const line = fc.stringMatching(/^[^\n]{0,30}$/u)
    const lines = fc.tuple(fc.array(line, { minLength: 1 }), fc.nat({ max: 4000 }))
    fc.assert(
      fc.property(lines, ([some, times]) => {
        const all = Array.from({ length: times + 1 }, () => some).flat()
        const text = all.join('\n')
        expect([...linesOf(utf8(`${text}\n`))].flat()).toEqual(all)
        if (text !== '' && !text.endsWith('\n'))
          expect([...linesOf(utf8(text))].flat()).toEqual(all)
      }),
      seeded(60),
    )
  })

  it('is taken apart in pieces, each of which is short work', () => {
    const blocks = [...linesOf(utf8(`${'x'.repeat(99)}\n`.repeat(10_000)))]
    expect(blocks.flat()).toHaveLength(10_000)
    expect(Math.max(...blocks.map((lines) => lines.length))).toBeLessThan(1000)
  })

  it('is refused when its end is cut', () => {
    for (const text of ['', 'short', `${encodeSummary(summary)},"checksum":"sha256:`])
      expect(() => splitManifest(utf8(text))).toThrow('does not end with a checksum')
    expect(() => [...linesOf(Uint8Array.of(0xff))]).toThrow('not UTF-8')
  })
})
