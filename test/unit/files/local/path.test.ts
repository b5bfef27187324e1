import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOSTILE_KEYS } from '../../../../src/files/conformance/keys.js'
import { isFileKey } from '../../../../src/files/key.js'
import {
  documentPath,
  keyOfDocument,
  payloadName,
  payloadPaths,
} from '../../../../src/files/local/path.js'
import { seeded } from '../../../support/random.js'

const segment = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    'a',
    'b',
    'a.b',
    'a.gz',
    'a.enc',
    '~',
    '~f',
    '~d',
    'A',
    'con',
    '.meta',
    '%2e',
    'x'.repeat(210),
  ),
)
const key = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'))
  .filter(isFileKey)

describe.each([false, true])('names of keys on disk (case folded: %s)', (foldCase) => {
  it('leave ordinary keys as they are', () => {
    for (const plain of ['users/7/profile.json', 'models/m-1/weights.pkl', 'a.txt'])
      expect(payloadName(plain, { foldCase })).toBe(plain)
  })

  it('return their keys', () => {
    const check = (given: string): void => {
      const name = payloadName(given, { foldCase })
      expect(keyOfDocument(documentPath(name), { foldCase })).toBe(given)
    }
    for (const hostile of HOSTILE_KEYS) check(hostile)
    fc.assert(fc.property(key, check), seeded(3000))
  })

  it('never meet: no file of a key has the path of another’s file or directory', () => {
    const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(keys, (given) => {
        const owners = new Map<string, string>()
        const directories = new Set<string>()
        for (const each of given) {
          const name = payloadName(each, { foldCase })
          for (const raw of [...payloadPaths(name), documentPath(name)]) {
            const path = foldCase ? raw.toLowerCase() : raw
            expect(owners.get(path) ?? each).toBe(each)
            owners.set(path, each)
            for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
              directories.add(path.slice(0, end))
          }
        }
        for (const path of owners.keys()) expect(directories.has(path)).toBe(false)
      }),
      seeded(1000),
    )
  })

  it('have segments that file systems take, and none that begins with a dot', () => {
    const check = (given: string): void => {
      for (const part of payloadName(given, { foldCase }).split('/')) {
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(240)
        expect(part).toMatch(/^[^.]/)
      }
    }
    for (const hostile of HOSTILE_KEYS) check(hostile)
    fc.assert(fc.property(key, check), seeded(1000))
  })
})
