import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeIndex,
  encodeIndexChunks,
  isOtherIndexForm,
} from '../../../../src/versions/file-system/index-file.js'
import { VersionIndex } from '../../../../src/versions/version-index.js'

const facts = { lsn: 42, lastUpdated: '2025-11-17T10:30:00.000Z' }
const at = Date.parse('2025-01-15T10:00:00.000Z')

describe('an index file', () => {
  it('has the documented fields', () => {
    const index = new VersionIndex()
    index.add('prompt_001', '1.0.0', at)
    index.add('prompt_001', '1.10.0', at + 5)
    index.add('prompt_001', '1.9.0', at + 3)
    const { checksum, ...fields } = JSON.parse(textOf(index)) as Record<string, unknown>
    expect(checksum).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(fields).toEqual({
      version: '2.0.0',
      last_updated: facts.lastUpdated,
      lsn: 42,
      total_prompts: 1,
      total_versions: 3,
      index: {
        prompt_001: {
          latest_version: '1.10.0',
          version_count: 3,
          directory: '1a-2b',
          versions: ['1.0.0', '1.9.0', '1.10.0'],
          created_at: '2025-01-15T10:00:00.000Z',
          updated_at: '2025-01-15T10:00:00.005Z',
        },
      },
    })
  })

  it('gives the same index back', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
      fc.constantFrom('__proto__', 'constructor', '1'),
    )
    const version = fc.tuple(fc.nat(3), fc.nat(12), fc.nat(3)).map((parts) => parts.join('.'))
    const entries = fc.array(
      fc.tuple(
        id.filter((given) => !given.includes('\0')),
        version,
        fc.nat(),
      ),
    )
    fc.assert(
      fc.property(entries, (added) => {
        const index = new VersionIndex()
        for (const [promptId, name, ms] of added) index.add(promptId, name, ms)
        const decoded = decodeIndex(Buffer.from(textOf(index)))
        expect(decoded?.lsn).toBe(42)
        expect(decoded?.lastUpdated).toBe(facts.lastUpdated)
        expect(dump(decoded?.index)).toEqual(dump(index))
      }),
    )
  })

  it('comes in small pieces, also when one prompt has very many versions', () => {
    const index = new VersionIndex()
    index.addAll(
      'large',
      Array.from({ length: 50_000 }, (_, patch) => `1.0.${patch}`),
      at,
    )
    for (let prompt = 0; prompt < 5000; prompt++) index.addAll(`p${prompt}`, ['1.0.0', '1.0.1'], at)
    const pieces = [...encodeIndexChunks(index, facts, stampOf)]
    expect(pieces.length).toBeGreaterThan(10)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100_000)
    expect(dump(decodeIndex(Buffer.from(pieces.join('')))?.index)).toEqual(dump(index))
  })

  it('is whole and consistent when the index changes between two pieces', () => {
    const index = new VersionIndex()
    for (let prompt = 0; prompt < 3000; prompt++) index.addAll(`p${prompt}`, ['1.0.0', '1.0.1'], at)
    const pieces: string[] = []
    let round = 0
    for (const piece of encodeIndexChunks(index, facts, stampOf)) {
      pieces.push(piece)
      index.add(`new${round}`, '1.0.0', at)
      index.remove('p0', '1.0.0', at)
      index.remove('p0', '1.0.1', at)
      index.add('p0', '2.0.0', at)
      index.remove(`p${2999 - round}`, '1.0.1', at)
      round++
    }
    expect(round).toBeGreaterThan(2)
    const decoded = decodeIndex(Buffer.from(pieces.join('')))
    expect(decoded).toBeDefined()
    // Once p0 was removed and came back it was not written a second time: that is in the journal.
    expect(decoded?.index.versions('p0')).toEqual(['1.0.0', '1.0.1'])
  })

  it('stays under 10 MB for 10,000 prompts of 50 versions', () => {
    const index = new VersionIndex()
    for (let prompt = 0; prompt < 10_000; prompt++)
      index.addAll(
        `prompt_${prompt}`,
        Array.from({ length: 50 }, (_, patch) => `1.${prompt % 9}.${patch}`),
        at,
      )
    const bytes = Buffer.from(textOf(index))
    expect(bytes.length).toBeLessThan(10_000_000)
    expect(decodeIndex(bytes)?.index.totalVersions).toBe(500_000)
  })
})

describe('what is not an index file', () => {
  const index = new VersionIndex()
  index.addAll('p', ['1.0.0', '1.0.1'], at)
  index.addAll('q', ['2.0.0'], at, at + 1)
  const good = textOf(index)

  it('is told apart from the good one', () => {
    expect(decodeIndex(Buffer.from(good))).toBeDefined()
  })

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['another value', '[]'],
    ['half of one', good.slice(0, good.length / 2)],
    ['one with another format version', good.replace('"version":"2.0.0"', '"version":"3.0.0"')],
    ['one with a wrong total', good.replace('"total_versions":3', '"total_versions":4')],
    ['one with a prompt too few', good.replace('"total_prompts":2', '"total_prompts":1')],
    [
      'one with a wrong latest version',
      good.replace('"latest_version":"1.0.1"', '"latest_version":"1.0.0"'),
    ],
    ['one with a wrong count', good.replace('"version_count":2', '"version_count":3')],
    ['one out of order', good.replace('["1.0.0","1.0.1"]', '["1.0.1","1.0.0"]')],
    ['one with a version twice', good.replace('["1.0.0","1.0.1"]', '["1.0.1","1.0.1"]')],
    ['one with no version', good.replace('"1.0.0","1.0.1"', '"beta","1.0.1"')],
    ['one with an empty list', good.replace('["2.0.0"]', '[]')],
    ['one with an impossible id', good.replace('"q":', '"":')],
    ['one with a stamp that is none', good.replace('"directory":"1a-2b"', '"directory":"1a"')],
    ['one without lsn', good.replace('"lsn":42,', '')],
    ['one with a negative lsn', good.replace('"lsn":42', '"lsn":-1')],
    ['one with an unknown field', good.replace('"lsn":42', '"lsn":42,"more":1')],
    [
      'one with an unknown field in an entry',
      good.replace('"version_count":2', '"version_count":2,"more":1'),
    ],
    ['one with a bad time', good.replace(facts.lastUpdated, 'yesterday')],
    [
      'one that was updated before it was created',
      good.replace(
        '"updated_at":"2025-01-15T10:00:00.001Z"',
        '"updated_at":"2024-01-15T10:00:00.001Z"',
      ),
    ],
    ['one with bytes that are not text', good.replace('"q"', '"\udcff"')],
  ])('%s', (_, text) => {
    expect(text).not.toBe(good)
    // With a checksum that fits again, so that it is the content that is refused.
    const bytes = sealed(Buffer.from(text, text.includes('\udcff') ? 'latin1' : 'utf8'))
    expect(decodeIndex(bytes)).toBeUndefined()
  })

  it('is one in which any bit has changed', () => {
    const bytes = Buffer.from(good)
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(decodeIndex(damaged), `bit ${bit}`).toBeUndefined()
    }
  })

  it('is the good one again once it is sealed', () => {
    expect(decodeIndex(sealed(Buffer.from(good)))).toBeDefined()
  })
})

it('an index file holds the pre-releases, whichever store reads it, and the stamps of the directories', () => {
  const index = new VersionIndex()
  index.addAll('p', ['1.0.0-beta', '1.0.0'], at)
  const decoded = decodeIndex(Buffer.from(textOf(index)))
  expect(decoded?.index.versions('p')).toEqual(['1.0.0-beta', '1.0.0'])
  expect(decoded?.stamps).toEqual(new Map([['p', '1a-2b']]))
})

it('an index file of another form is told from a damaged one', () => {
  const index = new VersionIndex()
  const older = textOf(index).replace('"version":"2.0.0"', '"version":"1.0.0"')
  expect(isOtherIndexForm(sealed(Buffer.from(older)))).toBe(true)
  expect(isOtherIndexForm(Buffer.from(older))).toBe(false)
  expect(isOtherIndexForm(Buffer.from(textOf(index)))).toBe(false)
})

function sealed(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, Math.max(0, bytes.lastIndexOf(',"checksum":"')))
  const sum = createHash('sha256').update(body).digest('hex')
  return Buffer.concat([body, Buffer.from(`,"checksum":"sha256:${sum}"}\n`)])
}

const stampOf = (): string => '1a-2b'

function textOf(index: VersionIndex): string {
  return [...encodeIndexChunks(index, facts, stampOf)].join('')
}

function dump(index: VersionIndex | undefined): unknown {
  return index?.sortedIds().map((promptId) => [promptId, index.entry(promptId)])
}
