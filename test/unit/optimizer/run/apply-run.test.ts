import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { applyRun } from '../../../../src/optimizer/run/apply-run.js'
import type { RunReport } from '../../../../src/optimizer/run/run-report.js'
import { sampleReport } from '../../../support/run-report.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

function report(changes: Partial<RunReport> = {}): RunReport {
  const sample = sampleReport('Answer.', changes)
  return {
    ...sample,
    prompts: sample.prompts.map((each) => ({ ...each, prompt_id: 'small_llm_0' })),
  }
}

describe('the texts of a run', () => {
  it('are put into the file, in which nothing else changes', () => {
    const source = workflowWith('Answer.')
    const { bytes, diff, edits, present } = applyRun(report(), parseDifyFile(source, 'small.yml'))
    expect(Buffer.from(bytes).toString()).toBe(
      source.replace('"Answer."', JSON.stringify('Answer.\nBe brief.')),
    )
    expect(edits).toHaveLength(1)
    expect(present).toEqual([])
    expect(diff).toContain('+          text: "Answer.\\nBe brief."')
    const again = applyRun(report(), parseDifyFile(bytes, 'small.yml'))
    expect(again).toMatchObject({ diff: '', edits: [], present: ['small_llm_0'] })
    expect(Buffer.from(again.bytes)).toEqual(Buffer.from(bytes))
  })

  it('are found when messages were added before them', () => {
    const source = workflowWith('Answer.').replace(
      '        - role: system',
      '        - {role: system, text: First.}\n        - role: system',
    )
    const { bytes } = applyRun(report(), parseDifyFile(source, 'small.yml'))
    expect(Buffer.from(bytes).toString()).toContain('"Answer.\\nBe brief."')
  })

  it('are refused where the file has another text, and without a proven gain', () => {
    const other = parseDifyFile(workflowWith('Something else.'), 'small.yml')
    expect(() => applyRun(report(), other)).toThrow(
      expect.objectContaining({ code: 'OPT-LEDGER-001' }),
    )
    const file = parseDifyFile(workflowWith('Answer.'), 'small.yml')
    const none = report({ verdict: 'no_significant_gain' })
    expect(() => applyRun(none, file)).toThrow(/no proven gain/)
    expect(applyRun(none, file, { unproven: true }).edits).toHaveLength(1)
  })
})
