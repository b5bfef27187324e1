import { describe, expect, it } from 'vitest'
import { lintDifyFile } from '../../../../src/optimizer/lint/lint-dify-file.js'
import { lint, llm, START, workflow } from './lint-workflow.js'

const NODES = [
  START,
  llm('a', 'Answer {{#gone.text#}} and {{#start.question#}} and {{#gone.text#}}', {
    title: 'Answer',
  }),
]

describe('lintDifyFile', () => {
  it('gives each finding its place, its node and a remedy', () => {
    const [first, second] = lint(NODES)
    expect(first).toEqual({
      rule: 'unresolvable-reference',
      severity: 'error',
      message: '{{#gone.text#}} is not resolved: the workflow has no node with the id "gone"',
      remedy: 'Refer to a node of this workflow',
      file: 'test.yml',
      line: expect.any(Number),
      column: expect.any(Number),
      pointer: '/workflow/graph/nodes/1/data/prompt_template/0/text',
      node_id: 'a',
      node_title: 'Answer',
    })
    expect(second?.line).toBe(first?.line)
    expect((second?.column ?? 0) - (first?.column ?? 0)).toBe(
      '{{#gone.text#}} and {{#start.question#}} and '.length,
    )
  })

  it('gives them in the order of the file', () => {
    const lines = lint([
      START,
      llm('a', '{{#x.text#}}'),
      llm('b', ''),
      llm('c', '{{#y.text#}}'),
    ]).map(({ line }) => line)
    expect(lines.length).toBeGreaterThan(2)
    expect(lines).toEqual(lines.toSorted((a, b) => a - b))
  })

  it('finds nothing in a workflow without faults', () => {
    expect(lint([START, llm('a', 'Answer {{#start.question#}} in three sentences.')])).toEqual([])
  })

  it('leaves out rules that are off, and changes severities', () => {
    expect(lint(NODES, {}, { rules: { 'unresolvable-reference': 'off' } })).toEqual([])
    const [changed] = lint(NODES, {}, { rules: { 'unresolvable-reference': 'note' } })
    expect(changed?.severity).toBe('note')
    const overrides = [{ files: ['test.*'], rules: { 'unresolvable-reference': 'off' } }] as const
    expect(lint(NODES, {}, { overrides })).toEqual([])
  })

  it('refuses what is not a file, and unknown options', () => {
    expect(() => lintDifyFile('text' as never)).toThrow(
      /Argument "file" must be what parseDifyFile returns/,
    )
    expect(() => lintDifyFile(workflow(NODES), { rule: {} } as object)).toThrow(
      /Unknown option "rule"/,
    )
  })
})
