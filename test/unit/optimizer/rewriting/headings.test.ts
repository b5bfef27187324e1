import { describe, expect, it } from 'vitest'
import { HEADINGS, SAYS_OUTPUT } from '../../../../src/optimizer/rewriting/headings.js'
import { proseOf } from '../../../../src/optimizer/rewriting/prose.js'

describe('the words that rules add', () => {
  it.each(Object.entries(HEADINGS))('are in the language of the text: %s', (language, words) => {
    expect(new Set(Object.values(words)).size).toBe(5)
    // A Romance language is not clear from one sentence.
    if (!['es', 'fr', 'pt', 'de'].includes(language))
      expect(proseOf(words.outputText, 'basic').language ?? 'en').toBe(language)
  })

  it('are not needed where a text says what its answer looks like', () => {
    for (const text of ['Reply in JSON.', '以表格输出', 'Antworte kurz.', 'Responde brevemente.'])
      expect(SAYS_OUTPUT.test(text)).toBe(true)
    for (const text of ['Sum it up.', '总结一下', 'Das ist informativ.'])
      expect(SAYS_OUTPUT.test(text)).toBe(false)
  })
})
