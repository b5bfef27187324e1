import { describe, expect, it } from 'vitest'
import { readSources } from '../../../../src/optimizer/identity/read-sources.js'
import { app, appOf } from './apps.js'

const OPTIONS = { optionalTexts: false }

describe('reading many files', () => {
  it('keeps their order, and goes on after one that is refused', () => {
    const read = readSources(
      [
        app('a.yml', { n: ['a'] }),
        { file: 'b.yml', content: 'a: [1, 2' },
        app('c.yml', { n: ['c'] }),
      ],
      OPTIONS,
    )
    expect(
      read.map((file) => ('refused' in file ? file.refused.code : file.prompts.map((p) => p.text))),
    ).toEqual([['a'], 'OPT-EXT-003', ['c']])
  })

  it('sorts the texts of each file', () => {
    const llm = { id: 'l', data: { type: 'llm', prompt_template: [{ role: 'user', text: ' ' }] } }
    const answer = { id: 'a', data: { type: 'answer', answer: 'Thank you.' } }
    const source = appOf('a.yml', [llm, answer])
    const [[first], [second]] = [
      readSources([source], OPTIONS),
      readSources([source], { optionalTexts: true }),
    ]
    expect(first).toMatchObject({
      prompts: [],
      empty: [{ nodeId: 'l' }],
      notImported: [{ node_id: 'a' }],
    })
    expect(second).toMatchObject({ prompts: [{ text: 'Thank you.' }], notImported: [] })
  })

  it('throws what is wrong with the call itself', () => {
    expect(() => readSources([{ file: '', content: '' }], OPTIONS)).toThrow(TypeError)
  })
})
