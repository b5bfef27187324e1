import { describe, expect, it } from 'vitest'
import { languageOf } from '../../../../src/optimizer/analysis/languages.js'
import { languageChange } from '../../../../src/optimizer/rewriting/language-change.js'

const ENGLISH =
  'Summarize the report for the user. Each answer must be short, and you should not guess.'
const FRENCH =
  'Résumez le rapport pour vous. Chaque réponse doit être courte, et vous ne devez pas deviner les faits.'
const CHINESE = '请为用户总结报告。每个答案必须简短，不要猜测。'

describe('the language of a text', () => {
  it('changes with a translation, in whole or by half', () => {
    expect(change(ENGLISH, FRENCH)).toMatch('English was 100 % and is 0 %')
    expect(change(ENGLISH, CHINESE)).toMatch('Latin letters was 100 % and is 0 %')
    expect(change(CHINESE, ENGLISH)).toMatch('Chinese characters')
    expect(change(ENGLISH, `${ENGLISH} ${CHINESE}${CHINESE}`)).toMatch('Latin letters')
    expect(change('总结', 'Summarize')).toMatch('Chinese characters')
  })

  it('changes with a translation into a writing system without a name', () => {
    expect(change(ENGLISH, 'அறிக்கையை பயனருக்காக சுருக்கவும்.')).toMatch('Latin letters')
    expect(change(ENGLISH, `${ENGLISH} அறிக்கையை பயனருக்காக சுருக்கவும்.`)).toMatch('other letters')
  })

  it('does not change with a heading or a term of another language', () => {
    expect(
      change(`${CHINESE}${CHINESE}`, `# Task\n${CHINESE}${CHINESE}以 JSON 输出。`),
    ).toBeUndefined()
    expect(change(ENGLISH, `${ENGLISH} Add the term 报告.`)).toBeUndefined()
  })

  it('changes with a translation into a language without a list of words', () => {
    const english = languageOf(
      'You answer the questions of the user. You must use the text that is given by the user, and you should not answer if it has nothing about the question.',
    )
    const shorter = languageOf(
      'Answer questions of the user. Use the given text only; if it has nothing about the question, do not answer. Be brief, friendly, exact.',
    )
    for (const translated of [
      'Du ska svara på kundens frågor om produkten. Använd endast sammanhanget som kunden ger dig. Svara inte om sammanhanget saknar uppgiften.',
      'Olet avulias avustaja, joka vastaa käyttäjän kysymyksiin tuotteesta. Käytä vain käyttäjän antamaa tietoa äläkä vastaa, jos tieto puuttuu kokonaan.',
    ])
      expect(languageChange(english, languageOf(translated))).toMatch(/frequent words/)
    expect(languageChange(english, shorter)).toBeUndefined()
  })

  it('is not judged without words', () => {
    expect(change('', ENGLISH)).toBeUndefined()
    expect(change('1, 2, 3', CHINESE)).toBeUndefined()
  })
})

function change(before: string, after: string): string | undefined {
  return languageChange(languageOf(before), languageOf(after))
}
