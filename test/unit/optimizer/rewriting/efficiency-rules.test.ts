import { describe, expect, it } from 'vitest'
import { EFFICIENCY_RULES } from '../../../../src/optimizer/rewriting/efficiency-rules.js'
import { applyRules } from '../../../../src/optimizer/rewriting/rewriting-rule.js'

describe('the rules for efficiency', () => {
  it.each([
    [
      'drop fillers',
      'You should really just read the very long text.',
      'You should read the very long text.',
    ],
    [
      'keep the capital',
      'Basically this is the text. Actually, read it.',
      'This is the text. Actually, read it.',
    ],
    [
      'shorten phrases',
      'In order to answer, read the text prior to the user.',
      'To answer, read the text before the user.',
    ],
    [
      'say words once',
      'Read the whole text read the whole text and answer.',
      'Read the whole text and answer.',
    ],
    ['take space out', 'Read  it.\n\n\n\nThen   stop.', 'Read it.\n\nThen stop.'],
    ['shorten phrases in Chinese', '为了能够回答，请阅读全文。', '为了回答，请阅读全文。'],
  ])('%s', (_, before, after) => {
    expect(shortened(before)).toBe(after)
  })

  it.each([
    ['what "not" belongs to', 'Do not just read it, and it is not really the text.'],
    ['quoted words', 'Count "really" and "in order to" in the text of the user.'],
    ['code', '```\nreally  just\n\n\n\nx\n```\nUse `in order to` for the user.'],
    ['lists, tables and indentation', '- a\n- b\n    - c\n\n| a  | b |\n| -- | - |\n\n1. d\n2. e'],
    ['placeholders between words', 'the {{a}} text of the {{a}} text of'],
    ['other languages', 'Das ist just so, und die Sprache ist simply nicht die der Regeln.'],
  ])('leave %s', (_, text) => {
    expect(shortened(text)).toBe(text)
  })
})

function shortened(text: string): string {
  return applyRules(text, 'basic', EFFICIENCY_RULES).text
}
