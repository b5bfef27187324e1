import { describe, expect, it } from 'vitest'
import { isTexts, itemOfRecord, recordText } from '../../../src/interchange/prompt-record.js'
import { promptVersionSchema } from '../../../src/versions/prompts/prompt-version.js'

const DOCUMENT = promptVersionSchema.parse({
  version: '1.2.0',
  prompt_id: 'a/b',
  created_at: '2026-01-02T03:04:05.678Z',
  metadata: { author: 'ada', any: [1] },
  prompt: { text: 'Hi {{name}}' },
})

describe('the record of a version', () => {
  it('is its document with its labels and tags', () => {
    const text = recordText({ document: DOCUMENT, labels: ['production'], tags: ['x'] })
    const { prompt_id, version, ...rest } = DOCUMENT
    expect(itemOfRecord('a.json', JSON.parse(text))).toEqual({
      kind: 'version',
      promptId: prompt_id,
      place: 'a.json',
      version,
      draft: rest,
      labels: ['production'],
      tags: ['x'],
    })
    expect(JSON.parse(recordText({ document: DOCUMENT, labels: [], tags: [] }, false))).toEqual(
      DOCUMENT,
    )
  })

  it.each([
    [{ prompt_id: 3 }, 'its "prompt_id" is not a text'],
    [{ version: undefined }, 'its "version" is missing or not a text'],
    [{ prompt: 'Hi' }, 'its "prompt" is missing or not an object'],
    [{ labels: 'production' }, 'its "labels" are not a list of texts'],
    [{ tags: [1] }, 'its "tags" are not a list of texts'],
  ])('with %j is refused', (change, reason) => {
    const record = { ...DOCUMENT, ...change } as unknown as Parameters<typeof itemOfRecord>[1]
    expect(itemOfRecord('a.json', record)).toEqual({ kind: 'refused', reason })
  })

  it('has lists of texts', () => {
    expect([isTexts(['a']), isTexts([]), isTexts('a'), isTexts([1])]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
