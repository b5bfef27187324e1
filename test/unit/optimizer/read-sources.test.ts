import { describe, expect, it } from 'vitest'
import { readSources, type ReadOptions } from '../../../src/optimizer/read-sources.js'

const options: ReadOptions = { extractedAt: new Date('2026-01-02T03:04:05.678Z') }

/** A workflow file with one LLM node for each text. */
function source(
  file: string,
  name: string,
  texts: Readonly<Record<string, string>>,
): { file: string; content: string } {
  const nodes = Object.entries(texts).map(([id, text]) => ({
    id,
    data: { type: 'llm', prompt_template: { role: 'user', text } },
  }))
  return { file, content: JSON.stringify({ app: { name }, workflow: { graph: { nodes } } }) }
}

/** For each file its ids, or the code and the reason of its refusal. */
function read(
  sources: Parameters<typeof readSources>[0],
  more: Partial<ReadOptions> = {},
): readonly unknown[] {
  return readSources(sources, { ...options, ...more }).map((result) =>
    'refused' in result
      ? { code: result.refused.code, ...result.refused.context }
      : result.prompts.map(({ id }) => id),
  )
}

describe('reading many files', () => {
  it('keeps their order, and goes on after one that is refused', () => {
    const results = read([
      source('a.yml', 'a', { n: 'text' }),
      { file: 'b.yml', content: 'a: [1, 2' },
      { file: 'c.yml', content: Buffer.from('name: other') },
      source('d.yml', 'd', { n: 'text', m: 'more' }),
    ])
    expect(results).toMatchObject([
      ['a_n'],
      { code: 'OPT-EXT-003', file: 'b.yml' },
      { code: 'OPT-EXT-010', file: 'c.yml' },
      ['d_n', 'd_m'],
    ])
  })

  it('refuses a second file of the same workflow name, unless it is said to be the same app', () => {
    const files = [source('a.yml', 'flow', { n: 'one' }), source('b.yml', 'flow', { m: 'two' })]
    expect(read(files)).toMatchObject([
      ['flow_n'],
      { code: 'OPT-EXT-010', file: 'b.yml', reason: 'other_app' },
    ])
    expect(read(files, { sameApp: true })).toEqual([['flow_n'], ['flow_m']])
  })

  it('refuses a file with an id of an earlier one in any case, also of an empty message', () => {
    const files = [source('a.yml', 'a_b', { c: ' ' }), source('b.yml', 'a', { b_c: 'text' })]
    for (const more of [{}, { sameApp: true }])
      expect(read(files, more)).toMatchObject([
        [],
        { file: 'b.yml', other_file: 'a.yml', prompt_id: 'a_b_c' },
      ])
  })

  it('does not count what a refused file would have taken, nor the name of one without messages', () => {
    const refused = source('a.yml', 'flow', { n: 'x'.repeat(100_001) })
    expect(read([refused, source('b.yml', 'flow', { n: 'text' })])).toMatchObject([
      { code: 'OPT-EXT-010', prompt_id: 'flow_n' },
      ['flow_n'],
    ])
    expect(
      read([source('a.yml', 'flow', {}), source('b.yml', 'flow', { n: 'text' })]),
    ).toMatchObject([[], ['flow_n']])
  })

  it('gives all files the name that is asked for, and each prompt the file that it is from', () => {
    const [first] = readSources([source('dir/a.yml', 'flow', { n: 'text' })], {
      ...options,
      workflowId: 'own',
    })
    expect(first).toMatchObject({
      file: 'dir/a.yml',
      workflow: 'own',
      prompts: [{ id: 'own_n', workflow_id: 'own' }],
    })
    expect(JSON.stringify(first)).toContain('a.yml')
  })

  it('throws what is wrong with the call itself', () => {
    expect(() => readSources([{ file: '', content: '' }], options)).toThrow(TypeError)
  })
})
