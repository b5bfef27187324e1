import { describe, expect, it } from 'vitest'
import { readItem } from '../../../src/migration/exported-item.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { headOf, moveOf } from '../../../src/versions/conformance/transacting.js'

const DOCUMENT = sampleVersion('p', '1.0.0')
const TIME = '2024-01-01T00:00:00.000Z'

describe('an item of an import', () => {
  it('is a document, an exported version, a record, or since when the history is known', () => {
    expect(readItem(DOCUMENT, 0)).toEqual({ kind: 'document', document: DOCUMENT })
    const odd = { prompt_id: 'p', version: '1.0.0', known_since: 1, document: 2, history: 3 }
    expect(readItem(odd, 0)).toEqual({ kind: 'document', document: odd })
    const exported = { document: DOCUMENT, saved_at: TIME, schema_version: 3 }
    const version = { kind: 'version', document: DOCUMENT, savedAt: TIME, schemaVersion: 3 }
    expect(readItem(exported, 0)).toEqual(version)
    const bare = { ...version, savedAt: null, schemaVersion: 1 }
    expect(readItem({ document: DOCUMENT }, 0)).toEqual(bare)
    const head = headOf('production', '1.0.0')
    const history = [moveOf('production', null, '1.0.0')]
    expect(readItem({ prompt_id: 'p', head, history }, 0)).toEqual({
      kind: 'record',
      promptId: 'p',
      record: { head, history },
    })
    expect(readItem({ prompt_id: 'p', head: null, history: [] }, 0)).toMatchObject({
      record: { head: undefined },
    })
    const known = { since: TIME, reason: 'cleared' }
    expect(readItem({ known_since: known }, 0)).toEqual({ kind: 'known', known })
  })

  it.each([
    [null, /items\[7\] must be an item of exportVersions or a document, got null/],
    [[], /items\[7\] must be an item/],
    [{ text: 'x' }, /items\[7\] must have "document"/],
    [{ document: DOCUMENT, saved_at: 'yesterday' }, /"items\[7\]\.saved_at"/],
    [{ document: DOCUMENT, saved_at: TIME, schema_version: 0 }, /"items\[7\]\.schema_version"/],
    [{ prompt_id: '', head: null, history: [] }, /items\[7\]\.prompt_id/],
    [{ prompt_id: 'p', head: null, history: 'x' }, /"items\[7\]\.history" must be a list/],
    [{ prompt_id: 'p', head: {}, history: [] }, /items\[7\]\.head/],
    [{ prompt_id: 'p', head: null, history: [{}] }, /items\[7\]\.history\[0\]/],
    [{ known_since: 'ever' }, /"items\[7\]\.known_since"/],
  ])('is refused with its place: %j', (item, message) => {
    expect(() => readItem(item, 7)).toThrow(message)
  })
})
