import { describe, expect, it } from 'vitest'
import { CLARITY_RULES } from '../../../../src/optimizer/rewriting/clarity-rules.js'
import { applyRules } from '../../../../src/optimizer/rewriting/rewriting-rule.js'

describe('the rules for clarity', () => {
  it.each([
    [
      'a request',
      'Could you please summarize the text? Use {{x}}.',
      'Summarize the text. Use {{x}}.',
    ],
    ['a hedged request', 'Maybe you could write it for the user.', 'Write it for the user.'],
    ['a wish', 'I want you to list the errors of the text.', 'List the errors of the text.'],
    ['vague words', 'Give some examples of the stuff.', 'Give specific examples of the content.'],
    [
      'a hedge',
      'It is kind of long, and that is a kind of error.',
      'It is long, and that is a kind of error.',
    ],
  ])('turn %s into an instruction', (_, before, after) => {
    expect(clarified(before)).toBe(after)
  })

  it.each([
    ['an instruction', 'Summarize the text for the user.'],
    ['a role', 'You are the assistant of a bank. You answer each question.'],
    ['quoted words', 'Replace "some things" by the name that the user gives.'],
    ['some of something', 'Some of the users are children, and some time is left.'],
    ['Chinese', '请您总结一下这段文字，可能的话列出要点。'],
    ['French', 'Vous êtes un assistant. Résumez le texte pour les lecteurs.'],
    ['a heading', '# Task\n\nSummarize the text for the user.'],
    ['marks', 'Stop! Is it {{x}}?\nThen the next line.'],
  ])('leave %s as it is', (_, text) => {
    expect(clarified(text)).toBe(text)
  })

  it('split a long sentence at its semicolons, and no other one', () => {
    const long = `Read the text and ${'look at each of the words and '.repeat(6)}then stop; do not guess.`
    expect(clarified(long)).toContain('then stop. Do not guess.')
    expect(clarified('Read the text; do not guess.')).toBe('Read the text; do not guess.')
  })

  it('give a long text headings, in its own language', () => {
    const english = `${'Summarize the report for the user. '.repeat(8).trim()}`
    expect(clarified(english)).toBe(`## Task Instructions\n\n${english}`)
    expect(clarified(`${english}\n\n- one\n- two`)).toBe(
      `## Instructions\n\n${english}\n\n## Details\n\n- one\n- two`,
    )
    const chinese = '请为用户总结这份报告，并列出要点。'.repeat(6)
    expect(clarified(chinese)).toBe(`## 任务\n\n${chinese}`)
  })

  it('put no heading between tags or statements', () => {
    const text = `${'Summarize the report for the user. '.repeat(8)}\n<context>\n{{x}}\n\nmore\n</context>`
    expect(clarified(text)).toBe(`## Task Instructions\n\n${text}`)
  })
})

function clarified(text: string): string {
  return applyRules(text, 'basic', CLARITY_RULES).text
}
