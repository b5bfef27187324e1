import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as layout from '../../../src/format/layout.js'
import { seeded } from '../../support/random.js'

const token = fc.stringMatching(/^[0-9a-f]{8,16}$/)

describe('segment names', () => {
  it('return their number, and sort as their numbers do', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999_999), fc.nat(999_999_999_999), (one, other) => {
        const name = layout.segmentPath(one).slice(layout.JOURNAL_DIRECTORY.length + 1)
        expect(layout.parseSegmentName(name)).toBe(one)
        const isBefore = layout.segmentPath(one) < layout.segmentPath(other)
        expect(isBefore).toBe(one < other)
      }),
      seeded(300),
    )
  })

  it('are told from all others in the journal directory', () => {
    fc.assert(
      fc.property(token, (given) => {
        for (const path of [layout.sparePath(given), layout.fillingPath(given)]) {
          const name = path.slice(layout.JOURNAL_DIRECTORY.length + 1)
          expect(layout.parseSegmentName(name)).toBeUndefined()
          expect(layout.isSpareName(name)).toBe(path === layout.sparePath(given))
        }
      }),
      seeded(100),
    )
    expect(layout.parseSegmentName('1.log')).toBeUndefined()
    expect(layout.parseSegmentName('000000000001.log\n')).toBeUndefined()
  })
})

describe('names that the engine keeps for itself', () => {
  it('include what is below them, in any case of letters', () => {
    const kept = fc.constantFrom(
      layout.segmentPath(1),
      layout.temporaryPath('x'),
      layout.RESERVE_FILE,
      layout.PAGE_FILE,
      layout.MARK_FILE,
      layout.LOCK_FILE,
    )
    fc.assert(
      fc.property(kept, fc.boolean(), (path, isUpper) => {
        expect(layout.isEngineName(isUpper ? path.toUpperCase() : path)).toBe(true)
        expect(layout.isEngineName(`a/${path}`)).toBe(false)
        expect(layout.isEngineName(`${path.split('/')[0]}x`)).toBe(false)
      }),
      seeded(100),
    )
  })

  it('include staged files, and these are told from others beside them', () => {
    fc.assert(
      fc.property(token, (given) => {
        expect(layout.isTemporaryPath(layout.temporaryPath(given))).toBe(true)
        expect(layout.isTemporaryPath(`a/${layout.temporaryPath(given)}`)).toBe(false)
        expect(layout.isTemporaryPath(`${layout.TEMPORARY_DIRECTORY}/${given}`)).toBe(false)
      }),
      seeded(50),
    )
  })
})

describe('the directories above a path', () => {
  it('are those that it is in, the deepest first and the root last', () => {
    expect(layout.directoriesAbove('a/bc/d.json')).toEqual(['a/bc', 'a', ''])
    expect(layout.directoriesAbove('d.json')).toEqual([''])
  })
})

describe('the directories of backups', () => {
  it('return their number, and sort by it', () => {
    const name = layout.backupName(12, '2026-11-29T21:15:03.123Z')
    expect(name).toBe('000012-20261129T211503Z')
    expect(layout.parseBackupName(name)).toBe(12)
    expect(layout.parseBackupName(layout.backupName(1_234_567, '2026-11-29T21:15:03Z'))).toBe(
      1_234_567,
    )
    for (const other of ['000000-20261129T211503Z', '12-20261129T211503Z', `${name}.tmp`, 'files'])
      expect(layout.parseBackupName(other)).toBeUndefined()
  })

  it('contain the marks and the list of lost files, and nothing else of the engine', () => {
    for (const path of [layout.MARK_FILE, layout.LOST_FILE, 'a/b', '.metadata.json'])
      expect(layout.isBackedUp(path)).toBe(true)
    for (const path of [layout.LOCK_FILE, layout.segmentPath(1), layout.temporaryPath('x')])
      expect(layout.isBackedUp(path)).toBe(false)
  })
})
