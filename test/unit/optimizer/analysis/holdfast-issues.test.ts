import { describe, expect, it } from 'vitest'
import {
  holdfastIssues,
  lacksExamples,
  needsNoWords,
} from '../../../../src/optimizer/analysis/holdfast-issues.js'
import { readText } from '../../../../src/optimizer/analysis/holdfast-text.js'
import type { TextUse } from '../../../../src/optimizer/analysis/scores.js'

const issuesOf = (text: string, use: TextUse = {}): string[] =>
  holdfastIssues(readText(text), use).map(({ severity, type }) => `${severity} ${type}`)

describe('critical issues', () => {
  it('are a prompt without an instruction', () => {
    expect(issuesOf('...')).toEqual(['critical ambiguous_instructions'])
  })

  it('are references that Dify does not resolve', () => {
    expect(issuesOf('Translate {{#node-1.text#}} into English.')).toEqual([
      'critical poor_formatting',
    ])
    expect(issuesOf('Translate {{#node_1.text#}} into English.')).toEqual([])
  })

  it('are blocks of Jinja2 that are not closed, in Jinja2 only', () => {
    const text = 'Translate {% if long %}all of the text'
    expect(issuesOf(text, { syntax: 'jinja2' })).toEqual(['critical poor_formatting'])
    expect(issuesOf(text)).toEqual([])
  })

  it('are not variables alone', () => {
    expect(issuesOf('{{#sys.query#}}', { role: 'user' })).toEqual([])
    expect(issuesOf('{{#1726108148263.role_def#}}')).toEqual([])
    expect(needsNoWords(readText('{{#sys.query#}}'))).toBe(true)
  })
})

describe('issues of words', () => {
  it('are the same for a Chinese prompt as for its English translation', () => {
    expect(issuesOf('Summarize the input of the user in three points.')).toEqual([])
    expect(issuesOf('请把用户的输入总结成三个要点。')).toEqual([])
    expect(issuesOf('You are a small assistant.')).toEqual(['warning ambiguous_instructions'])
    expect(issuesOf('你是一个小小的助手，很可爱。')).toEqual(['warning ambiguous_instructions'])
  })

  it('name vague terms of prose, not of code', () => {
    expect(issuesOf('Summarize some things in the text.')).toEqual(['warning vague_language'])
    expect(issuesOf('Summarize the text.\n```\nsome things\n```\nReturn points.')).toEqual([])
    expect(issuesOf('请总结一些要点和其他内容。')).toEqual(['warning vague_language'])
  })

  it('do not ask for verbs of a language that is not known, nor of an example of an answer', () => {
    expect(issuesOf('สวัสดีครับ ผมชื่อสมชาย ผมเป็นผู้ช่วย')).toEqual([])
    expect(issuesOf('The capital of France is Paris.', { role: 'assistant' })).toEqual([])
  })

  it('find less than four words too short, and not beside a variable', () => {
    expect(issuesOf('Translate it')).toEqual(['warning too_short'])
    expect(issuesOf('Translate {{text}}')).toEqual([])
  })
})

describe('issues of form', () => {
  const sentence = 'Summarize the report about the new harbour for readers without time. '

  it('find a long text without headers and lists, and one without line breaks', () => {
    const distinct = Array.from({ length: 160 }, (_, at) => `Summarize part${at}`).join(' ')
    expect(issuesOf(distinct)).toEqual(['info missing_structure', 'info poor_formatting'])
    expect(issuesOf(`# Task\n\n${distinct}\n\nend`)).toEqual([])
  })

  it('find what is repeated', () => {
    expect(issuesOf(sentence.repeat(5))).toContain('info redundancy')
    expect(issuesOf(sentence)).toEqual([])
  })

  it('find what is longer than about 1000 tokens, in any script', () => {
    expect(issuesOf(`请总结${'海港的新报告'.repeat(230)}`)).toContain('warning too_long')
    expect(issuesOf(`Summarize ${'harbour '.repeat(400)}`)).not.toContain('warning too_long')
  })

  it('miss an example in a long text that has none, in words or as a block', () => {
    const long = Array.from({ length: 70 }, (_, at) => `Summarize part${at}`).join(' ')
    expect(lacksExamples(readText(long))).toBe(true)
    expect(lacksExamples(readText(`${long} For example: x`))).toBe(false)
    expect(lacksExamples(readText(`${long}\n{"points": ["a"]}`))).toBe(false)
  })
})
