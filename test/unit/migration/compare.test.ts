import { describe, expect, it } from 'vitest'
import { digestOf, planRecord, recordDigest, versionSets } from '../../../src/migration/compare.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { headOf, moveOf } from '../../../src/versions/conformance/transacting.js'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'
import { CopiedVersion, type CopiedRecord } from '../../../src/versions/version-copies.js'

const TIME = '2024-01-01T00:00:00.000Z'
const FIRST = moveOf('production', null, '1.0.0')
const SECOND = moveOf('production', '1.0.0', '1.1.0')
const NONE: CopiedRecord = { head: undefined, history: [] }
const SHORT: CopiedRecord = { head: headOf('production', '1.0.0'), history: [FIRST] }
const LONG: CopiedRecord = { head: headOf('production', '1.1.0'), history: [FIRST, SECOND] }

describe('the checksum of a document', () => {
  it('is another one for another text, time or version of the schema', () => {
    const document = sampleVersion('p', '1.0.0')
    const copies = [
      new CopiedVersion(document, TIME, 1),
      new CopiedVersion({ ...document, analysis: {} } as never, TIME, 1),
      new CopiedVersion(document, null, 1),
      new CopiedVersion(document, TIME, 2),
    ]
    expect(new Set(copies.map(digestOf)).size).toBe(4)
    expect(digestOf(new CopiedVersion(structuredClone(document), TIME, 1))).toBe(
      digestOf(copies[0]!),
    )
  })
})

describe('the checksum of a record', () => {
  it('is the same for no head and an empty one', () => {
    expect(recordDigest(NONE)).toBe(recordDigest({ head: NO_HEAD, history: [] }))
    expect(recordDigest(SHORT)).not.toBe(recordDigest(NONE))
  })
})

describe('a record', () => {
  it('is written where there is none, or where the source has gone on', () => {
    expect(planRecord(NONE, NONE, new Set())).toBe('same')
    expect(planRecord(LONG, LONG, new Set())).toBe('same')
    expect(planRecord(LONG, NONE, new Set())).toBe('write')
    expect(planRecord(LONG, SHORT, new Set())).toBe('write')
  })

  it('is a conflict where the target has gone on, or has another one', () => {
    expect(planRecord(SHORT, LONG, new Set())).toBe('history')
    expect(planRecord(NONE, SHORT, new Set())).toBe('history')
    const other: CopiedRecord = {
      head: headOf('production', '0.9.0'),
      history: [moveOf('production', null, '0.9.0')],
    }
    expect(planRecord(LONG, other, new Set())).toBe('history')
    const tagged = {
      ...SHORT,
      head: { ...headOf('production', '1.0.0'), tags: { '1.0.0': ['x'] } },
    }
    expect(planRecord(tagged, SHORT, new Set())).toBe('labels')
    expect(planRecord(tagged, SHORT, new Set([recordDigest(SHORT)]))).toBe('write')
  })
})

describe('the versions of two storages', () => {
  it('are missing, in both, or extra', () => {
    const target = {
      ...NONE,
      versions: new Map([
        ['1.0.0', null],
        ['3.0.0', null],
      ]),
    }
    expect(versionSets(['1.0.0', '2.0.0'], target)).toEqual({
      missing: ['2.0.0'],
      both: ['1.0.0'],
      extra: ['3.0.0'],
    })
  })
})
