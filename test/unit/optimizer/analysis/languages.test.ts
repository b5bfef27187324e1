import { describe, expect, it } from 'vitest'
import { LANGUAGES, languagesOf } from '../../../../src/optimizer/analysis/languages.js'

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

  it('are in the list', () => {
    expect(LANGUAGES).toHaveLength(9)
  })
})
