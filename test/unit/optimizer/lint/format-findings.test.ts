import { describe, expect, it } from 'vitest'
import { formatFindings } from '../../../../src/optimizer/lint/format-findings.js'
import { lint, llm, START } from './lint-workflow.js'

describe('findings as text', () => {
  it('have their file once, and lines within the width', () => {
    const findings = lint([START, llm('a', '{{#gone.text#}} {{#sys.query#}}', { title: '回答' })])
    const text = formatFindings(findings, 60)
    expect(text.match(/^test\.yml$/gm)).toHaveLength(1)
    expect(text).toMatch(/^ {2}\d+:\d+ {2}error {2}unresolvable-reference {2}回答$/m)
    const wrapped = text.split('\n').filter((line) => line.startsWith('      '))
    expect(wrapped.length).toBeGreaterThan(3)
    for (const line of wrapped) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('count two columns for East Asian characters', () => {
    const finding = {
      ...lint([START, llm('a', '{{#gone.text#}}')])[0]!,
      message: '名 '.repeat(40).trim(),
    }
    const lines = formatFindings([finding], 40)
      .split('\n')
      .filter((line) => line.includes('名'))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(34)
  })

  it('are nothing where there are none', () => {
    expect(formatFindings([])).toBe('')
  })
})
