import { describe, expect, it } from 'vitest'
import {
  exportedRecords,
  newRecords,
  recordsOf,
  type PromptRecord,
} from '../../../src/versions/exported-heads.js'
import { headAt, moveTo } from './file-system/head-fixtures.js'

const record: PromptRecord = { head: headAt('1.0.0'), history: [moveTo('1.0.0')] }
const there = (): boolean => true

describe('records of prompts in an export', () => {
  it('come back as they were, whatever the prompt is called', () => {
    const records = new Map([
      ['q', record],
      ['__proto__', record],
    ])
    const text = JSON.stringify(exportedRecords(records))
    expect(recordsOf(JSON.parse(text))).toEqual(records)
    expect([...recordsOf(JSON.parse(text)).keys()]).toEqual(['__proto__', 'q'])
    expect(recordsOf(undefined).size).toBe(0)
  })

  it('are refused by the field that does not fit', () => {
    for (const [wrong, message] of [
      [{ p: { ...record, history: 1 } }, /prompts\['p'\]\.history" of the export must be a list/],
      [{ p: { ...record, history: [{}] } }, /history\[0\]/],
      [
        { p: { ...record, head: { ...record.head, highest: 7 } } },
        /head\.highest" must be a version/,
      ],
      [{ '': record }, /prompts\[''\]/],
      [{ p: null }, /history/],
    ] as const)
      expect(() => recordsOf(wrong)).toThrow(message)
  })

  it('are new to a prompt that has none, and kept by one that has the same', () => {
    const imported = new Map([
      ['p', record],
      ['q', record],
    ])
    const again = recordsOf(JSON.parse(JSON.stringify(exportedRecords(imported))))
    expect([...newRecords(again, new Map([['p', record]]), there).keys()]).toEqual(['q'])
  })

  it('conflict with others', () => {
    const stored = new Map([['p', { ...record, history: [] }]])
    expect(() => newRecords(new Map([['p', record]]), stored, there)).toThrow(
      expect.objectContaining({
        code: 'OPT-LABEL-001',
        context: { prompt_id: 'p', labels: ['production'], reason: 'imported' },
      }),
    )
  })

  it('name no version that is missing', () => {
    expect(() => newRecords(new Map([['p', record]]), new Map(), () => false)).toThrow(
      "must hold the version that label 'production' of prompt p names, 1.0.0",
    )
  })
})
