import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  HEAD_FILE,
  historyName,
  isHeadFile,
  parseHistoryName,
  parseTrashName,
  trashName,
} from '../../../src/document/store-names.js'
import { VERSION_FORMS } from '../../../src/document/version-form.js'
import { isVersion } from '../../../src/document/version-number.js'
import { seeded } from '../../support/random.js'

const token = fc.stringMatching(/^[0-9a-f]{8,16}$/)
const version = fc
  .tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.constantFrom('', '-beta.1', '-Rc.10'))
  .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`)
const time = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())

describe('the names of files of moves', () => {
  it('stand for their numbers, and no other name does', () => {
    for (const number of [1, 2, 10, 999_999_999])
      expect(parseHistoryName(historyName(number))).toBe(number)
    const others = ['.labels.1.jsonl', '.labels.02.jsonl', '.labels.0.jsonl', 'x.labels.jsonl']
    for (const name of [...others, HEAD_FILE]) expect(parseHistoryName(name)).toBeUndefined()
    expect([HEAD_FILE, '.labels.jsonl', '.labels.2.jsonl'].every(isHeadFile)).toBe(true)
    expect(others.some(isHeadFile)).toBe(false)
  })
})

describe('trash names', () => {
  it('return version and time, and never stand for two deletions', () => {
    const deletion = fc.tuple(version, time, token, fc.constantFrom(...VERSION_FORMS))
    fc.assert(
      fc.property(deletion, deletion, (one, other) => {
        const [name, at, , form] = one
        expect(parseTrashName(trashName(...one))).toEqual({ version: name, at, form })
        expect(isVersion(name, { allowPrerelease: true })).toBe(true)
        const same = trashName(...one) === trashName(...other)
        expect(same).toBe(one.join() === other.join())
      }),
      seeded(300),
    )
  })

  it('are told from the names of versions', () => {
    fc.assert(
      fc.property(version, (given) => {
        expect(parseTrashName(`${given}.json`)).toBeUndefined()
      }),
      seeded(100),
    )
  })
})
