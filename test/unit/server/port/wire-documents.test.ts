import { describe, expect, it } from 'vitest'
import {
  etagOf,
  readDocuments,
  receivedDocument,
  wireDocument,
} from '../../../../src/server/port/wire-documents.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { CopiedVersion } from '../../../../src/versions/version-copies.js'

const TIME = '2025-01-17T10:30:00.000Z'
const copy = new CopiedVersion(sampleVersion('p', '1.0.0'), TIME, 3)

describe('documents of the port', () => {
  it('travel as text with a checksum, and arrive as they were', () => {
    const { text, version } = wireDocument(copy)
    expect(version).toBe('1.0.0')
    const received = receivedDocument({ prompt_id: 'p', text, saved_at: TIME })
    expect(received).toEqual(copy)
    expect(etagOf({ version, text, saved_at: TIME })).toMatch(/^"sha256:[0-9a-f]{64}"$/)
  })

  it('are refused where a byte has changed, or they are of another prompt', () => {
    const { text } = wireDocument(copy)
    for (const wrong of [text.replace('Summarise', 'summarise'), '{}', 'x'])
      expect(() => receivedDocument({ prompt_id: 'p', text: wrong })).toThrow(/checksum/)
    expect(() => receivedDocument({ prompt_id: 'q', text })).toThrow(/prompt_id/)
  })

  it('are read as many as an answer has room for', async () => {
    const storage = new MemoryStorage()
    const names = Array.from({ length: 40 }, (_, at) => `1.0.${at}`)
    for (const version of names) {
      const metadata = { author: 'x'.repeat(300_000) }
      await storage.saveVersion(sampleVersion('p', version, { metadata }))
    }
    const { documents, rest, damaged } = await readDocuments(storage.copies, 'p', names)
    expect([...documents.map(({ version }) => version), ...rest]).toEqual(names)
    expect(rest.length).toBeGreaterThan(0)
    expect(damaged).toEqual([])
  })
})
