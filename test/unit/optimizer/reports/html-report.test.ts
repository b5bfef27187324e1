import { describe, expect, it } from 'vitest'
import { htmlReport } from '../../../../src/optimizer/reports/html-report.js'
import { HOSTILE, sampleReport } from '../../../support/run-report.js'

const HISTORY = {
  prompt_id: HOSTILE,
  versions: [
    { version: '1.0.0', created_at: 'now', author: HOSTILE, message: HOSTILE, labels: [HOSTILE] },
  ],
}

describe('the report in HTML', () => {
  it('has charts, the difference, the cases and the histories', () => {
    const page = htmlReport(sampleReport('my prompt'), { histories: [HISTORY] })
    expect(page.match(/<svg /g)).toHaveLength(3)
    expect(page).toContain('<span class="added">+Be brief.\n</span>')
    expect(page).toContain('<summary>my prompt: 0.250 → 0.250</summary>')
    expect(page).toContain('<h2>Histories</h2>')
  })

  it('needs no network, no script and no other file, and says so to the browser', () => {
    const page = htmlReport(sampleReport())
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(page).not.toMatch(/<script|<link|<iframe|\ssrc=|\shref=|url\(|@import|https?:/)
  })

  it('has no element, attribute or control that a text brought in', () => {
    const plain = htmlReport(sampleReport('x'), { histories: [{ ...HISTORY, prompt_id: 'x' }] })
    const page = htmlReport(sampleReport(HOSTILE), { histories: [HISTORY] })
    for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden)
    expect(tagsOf(page)).toEqual(tagsOf(plain))
  })

  it('is without what the run does not have', () => {
    const page = htmlReport(
      sampleReport('x', { proof: null, search: null, verdict: 'budget_spent', notes: [] }),
    )
    expect(page).not.toContain('<svg')
    expect(page).not.toContain('<h2>Notes</h2>')
    expect(page).toContain('The budget ended before a proof')
  })
})

/** The names of all tags and of their attributes, in order. */
function tagsOf(page: string): readonly string[] {
  return Array.from(page.matchAll(/<(\/?[a-z][\w-]*)((?:\s+[\w-]+="[^"]*")*)\s*\/?>/g), (match) =>
    [match[1], ...Array.from((match[2] ?? '').matchAll(/([\w-]+)=/g), (name) => name[1])].join(' '),
  )
}
