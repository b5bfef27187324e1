import { describe, expect, it } from 'vitest'
import type { GateChange, GateResult } from '../../../../src/optimizer/gate/compare-states.js'
import { GATE_MARK, gateComment } from '../../../../src/optimizer/gate/gate-comment.js'
import { HOSTILE, sampleReport } from '../../../support/run-report.js'

function change(text: string): GateChange {
  const finding = {
    rule: 'no-prompt',
    severity: 'error',
    node_id: text,
    message: text,
    line: 2,
    column: 3,
  } as const
  return {
    file: text,
    isNew: false,
    newFindings: [{ ...finding, isRefused: true }],
    fixedFindings: [finding],
    scores: [{ prompt_id: text, score: 60, line: 4, before: 70, isRefused: true }],
    gone: [text],
    meanBefore: 70,
    meanNow: 60,
  }
}

describe('the comment of a gate', () => {
  it('says what got worse, with its place, and has the mark to find it by', () => {
    const comment = gateComment({
      passed: false,
      files: [change('a.yml')],
      refusedFiles: [],
      run: null,
    })
    expect(comment.startsWith(`${GATE_MARK}\n`)).toBe(true)
    expect(comment).toContain('| `a.yml` | 70.0 | 60.0 | 1 | 1 |')
    expect(comment).toContain('- **refused** `a.yml:2:3` error no-prompt: `a.yml`')
    expect(comment).toContain('- **refused** `a.yml:4` `a.yml`: 70.0 → 60.0')
  })

  it('has the result of a run, and the texts that are not those of it', () => {
    const run = { report: sampleReport(), different: ['shop_llm'], isRefused: true }
    const comment = gateComment({ passed: false, files: [], refusedFiles: [], run })
    expect(comment).toContain('**Run `sample`: A gain is proven.**')
    expect(comment).toContain('- `shop_llm`')
  })

  it('has nothing of a file outside of code', () => {
    const result: GateResult = {
      passed: true,
      files: [change(HOSTILE)],
      refusedFiles: [{ file: HOSTILE, reason: HOSTILE }],
      run: { report: sampleReport(HOSTILE), different: [HOSTILE], isRefused: false },
    }
    const outside = gateComment(result).replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
    for (const part of ['<img', '@everyone', 'javascript:', '\u001b', '\u202e'])
      expect(outside).not.toContain(part)
  })

  it('is bounded', () => {
    const many = Array.from({ length: 80 }, (_, at) => `p${at}`)
    const comment = gateComment({
      passed: true,
      files: [{ ...change('a.yml'), gone: many }],
      refusedFiles: [],
      run: null,
    })
    expect(comment).toContain('- and 30 more')
  })
})
