import { describe, expect, it } from 'vitest'
import { LANGUAGES } from '../../../../src/optimizer/analysis/languages.js'
import { occurrences, VOCABULARIES } from '../../../../src/optimizer/analysis/vocabulary.js'

describe('the words of each language', () => {
  it.each([
    ['en', 'Summarize the text, then give examples.'],
    ['zh', '请总结文本'],
    ['ja', '文章を要約してください'],
    ['ko', '문서를 요약하세요'],
    ['es', 'Resume el texto'],
    ['fr', 'Résumez le texte'],
    ['de', 'Schreibe den Text'],
    ['pt', 'Resuma o texto'],
    ['ru', 'Напишите текст'],
  ] as const)('%s has a verb in %j', (language, text) => {
    expect(occurrences(text, [language], 'actions')).not.toEqual([])
  })

  it.each([
    ['en', 'Information about the pronoun "us", and a friendly user'],
    ['zh', '你是一个小助手'],
    ['es', 'Usted es amable'],
    ['de', 'Das Gebiet'],
    ['pt', 'Em geral, o critério'],
  ] as const)('%s has no verb in %j', (language, text) => {
    expect(occurrences(text, [language], 'actions')).toEqual([])
  })

  it('Chinese is vague in 可能 and 一些, and not in 尽可能 and 可能性', () => {
    expect(occurrences('可能需要一些数据', ['zh'], 'vague')).toEqual(['可能', '一些'])
    expect(occurrences('尽可能详细，说明可能性', ['zh'], 'vague')).toEqual([])
  })

  it('exist for every language, with words of grammar', () => {
    for (const language of LANGUAGES)
      expect(VOCABULARIES[language].stopWords.size).toBeGreaterThan(10)
  })
})
