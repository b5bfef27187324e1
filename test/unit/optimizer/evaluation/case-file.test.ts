import { describe, expect, it } from 'vitest'
import { digestOf, parseCases } from '../../../../src/optimizer/evaluation/case-file.js'

describe('a data set', () => {
  it('is the same from every format', () => {
    const cases = [
      { id: 'a', inputs: { q: '1' }, expected: 'x' },
      { id: 'b', inputs: { q: 'say "hi", then\nstop' }, expected: 'y' },
    ]
    const texts = {
      'a.jsonl': cases.map((each) => `${JSON.stringify(each)}\n`).join('\n'),
      'a.ndjson': `\uFEFF${cases.map((each) => JSON.stringify(each)).join('\r\n')}`,
      'a.json': JSON.stringify(cases),
      'a.yaml': `cases:\n${cases.map((each) => `  - ${JSON.stringify(each)}\n`).join('')}`,
      'a.CSV': 'id,expected,q\na,x,1\nb,y,"say ""hi"", then\nstop"\n',
    }
    for (const [file, text] of Object.entries(texts)) {
      const read = parseCases(text, file)
      expect(read.cases, file).toEqual(cases)
      expect(read.digest, file).toBe(digestOf(cases))
    }
  })

  it('names a case without an id by its inputs, wherever it is', () => {
    const one = parseCases('{"inputs":{"q":"1"}}\n{"inputs":{"q":"2"}}', 'a.jsonl').cases
    const other = parseCases('{"inputs":{"q":"2"}}', 'a.jsonl').cases
    expect(other[0]?.id).toBe(one[1]?.id)
    expect(one[0]?.id).toMatch(/^case-[0-9a-f]{16}$/)
  })

  it('has evaluators of a case, which are checked', () => {
    const text = JSON.stringify([
      { inputs: {}, evaluators: [{ type: 'contains', values: ['a'], ignore_case: true }] },
    ])
    expect(parseCases(text, 'a.json').cases[0]?.evaluators).toEqual([
      { type: 'contains', values: ['a'], ignore_case: true },
    ])
    const wrong = JSON.stringify([{ inputs: {}, evaluators: [{ type: 'guess' }] }])
    expect(() => parseCases(wrong, 'a.json')).toThrow(/cases\[0\].*evaluators/)
  })

  it.each([
    ['a.jsonl', '{"inputs":{}}\n{', /a\.jsonl:2/],
    ['a.jsonl', '{"input":{}}', /a\.jsonl:1/],
    ['a.jsonl', '{"id":"a","inputs":{}}\n{"id":"a","inputs":{}}', /two cases have the id 'a'/],
    ['a.csv', 'id,q\na\n', /record 2.*1 fields, not 2/],
    ['a.csv', 'id,q\na,"b\n', /quotes/],
    ['a.yaml', 'a: [', /a\.yaml/],
    ['a.yaml', 'a: 1', /neither a list of "cases" nor/],
    ['a.txt', '', /must end with/],
  ])('in %s is refused with its place: %j', (file, text, message) => {
    expect(() => parseCases(text, file)).toThrow(message)
    expect(() => parseCases(text, file)).toThrow(expect.objectContaining({ code: 'OPT-DATA-001' }))
  })
})
