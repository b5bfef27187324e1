import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTrashName, trashName } from '../../../src/document/store-names.js'
import { isVersion } from '../../../src/document/version-number.js'
import { seeded } from '../../support/random.js'

const token = fc.stringMatching(/^[0-9a-f]{8,16}$/)
const version = fc
  .tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.constantFrom('', '-beta.1', '-Rc.10'))
  .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`)
const time = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())

describe('trash names', () => {
  it('return version and time, and never stand for two deletions', () => {
    const deletion = fc.tuple(version, time, token)
    fc.assert(
      fc.property(deletion, deletion, (one, other) => {
        const [name, at] = one
        expect(parseTrashName(trashName(...one))).toEqual({ version: name, at })
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
