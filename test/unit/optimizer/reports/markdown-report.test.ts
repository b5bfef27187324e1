import { describe, expect, it } from 'vitest'
import { markdownReport, table } from '../../../../src/optimizer/reports/markdown-report.js'
import { HOSTILE, sampleReport } from '../../../support/run-report.js'

const HISTORY = {
  prompt_id: HOSTILE,
  versions: [
    { version: '1.0.0', created_at: 'now', author: HOSTILE, message: HOSTILE, labels: [HOSTILE] },
  ],
}

describe('the report in Markdown', () => {
  it('has every part', () => {
    const text = markdownReport(sampleReport('my prompt'), {
      histories: [{ ...HISTORY, prompt_id: 'my prompt' }],
    })
    for (const part of [
      '# A gain is proven',
      'p &lt; 0.0001).',
      '## What ran',
      '## Held-out test',
      '## Search',
      '## Spent',
      '## Prompts',
      '+Be brief.',
      '## Cases that got better',
      '## Histories',
      '## Notes',
    ])
      expect(text).toContain(part)
    expect(text).not.toContain('## Cases that got worse')
  })

  it('has nothing of a workflow or a model outside of code', () => {
    const text = markdownReport(sampleReport(HOSTILE), { histories: [HISTORY] })
    for (const hidden of ['\u001b', '\u202e']) expect(text).not.toContain(hidden)
    const outside = withoutCode(text)
    for (const part of ['<img', '@everyone', 'javascript:', '</script>'])
      expect(outside).not.toContain(part)
  })

  it('has a table with names in bars escaped', () => {
    expect(table([['Name', 'a|b']])).toContain('| Name | `a\\|b` |')
    expect(table([])).toBe('')
  })
})

/** What a reader of CommonMark shows as something else than code. */
function withoutCode(text: string): string {
  return text
    .replace(/^(`{3,})\w*\n[\s\S]*?^\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
}
