import { describe, expect, it } from 'vitest'
import {
  languageOf,
  LANGUAGES,
  languagesOf,
  mainLanguageOf,
} from '../../../../src/optimizer/analysis/languages.js'

describe('the languages of a text', () => {
  it.each([
    ['You are a helpful assistant. Answer the question of the user.', ['en']],
    ['你是一个专业的翻译，请把用户的输入翻译成英文。', ['zh']],
    ['ユーザーの質問に日本語で答えてください。', ['ja']],
    ['다음 문서를 세 문장으로 요약하세요.', ['ko']],
    ['Resume el texto del usuario en una lista, y responde con las ideas que importan.', ['es']],
    ['Vous êtes un assistant qui résume le texte pour les lecteurs avec une liste.', ['fr']],
    ['Fasse den Text für die Leser mit einer Liste zusammen und nenne das Thema nicht.', ['de']],
    [
      'Resuma o texto do usuário para uma lista e não use mais do que três itens em seu texto.',
      ['pt'],
    ],
    ['Кратко изложите документ в трёх предложениях.', ['ru']],
    ['สรุปเนื้อหาต่อไปนี้', []],
    ['12345 !?', []],
    ['', []],
  ])('%j are %j', (text, languages) => {
    expect(languagesOf(text)).toEqual(languages)
  })

  it('are two where each has a good part of the letters, the main one first', () => {
    expect(
      languagesOf('请把下面的文章翻译成英文并总结要点 Reply in English only, as plain text'),
    ).toEqual(['zh', 'en'])
    expect(
      languagesOf('请使用 Python 回答用户的问题，输出完整的代码和必要的注释，不要省略任何内容'),
    ).toEqual(['zh'])
  })

  it('are not Portuguese because of an English "do"', () => {
    expect(languagesOf('Just do it. Do it. Do it. Do it.')).toEqual(['en'])
  })

  it('are not English where the words are those of a language that rules do not know', () => {
    expect(languagesOf('Vat de tekst samen voor een lezer en noem het onderwerp niet.')).toEqual([])
    expect(languagesOf('Riassumi il testo per gli utenti e non aggiungere altro.')).toEqual([])
  })

  it('are read without names of code', () => {
    expect(languagesOf('请把 user_input_text 与 output_format_1 合并')).toEqual(['zh'])
  })

  it('are in the list', () => {
    expect(LANGUAGES).toHaveLength(9)
  })
})

describe('the language of a text', () => {
  it('is seen in its writing system', () => {
    expect(shareOf('请为用户总结报告。', 'Chinese characters')).toBe(1)
    expect(shareOf('レポートを要約してください', 'Kana')).toBeGreaterThan(0.7)
    expect(shareOf('Обобщите отчёт', 'Cyrillic letters')).toBe(1)
    expect(languageOf('42 — 7').letters).toBe(0)
  })

  it('is seen in frequent words where languages share their letters', () => {
    expect(
      languageOf('Each answer of the user must be short, and you should not guess.').languages.get(
        'English',
      ),
    ).toBe(1)
    expect(
      languageOf(
        'Chaque réponse doit être courte, et vous ne devez pas deviner les faits.',
      ).languages.get('French'),
    ).toBe(1)
  })

  it('is the one that most of it is in', () => {
    expect(mainLanguageOf('You are to answer the question of the user.')).toBe('en')
    expect(mainLanguageOf('请为用户总结报告。')).toBe('zh')
    expect(mainLanguageOf('レポートを要約してください')).toBe('ja')
    expect(mainLanguageOf('문서를 요약하세요')).toBe('ko')
    expect(mainLanguageOf('Обобщите отчёт')).toBe('ru')
    expect(mainLanguageOf('Vat de tekst samen en noem het onderwerp niet')).toBeUndefined()
    expect(mainLanguageOf('总结用户报告 the report of the user')).toBeUndefined()
  })
})

function shareOf(text: string, script: string): number {
  return languageOf(text).scripts.get(script) ?? 0
}
