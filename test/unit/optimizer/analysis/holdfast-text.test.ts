import { describe, expect, it } from 'vitest'
import { readText } from '../../../../src/optimizer/analysis/holdfast-text.js'

describe('a text as it is read', () => {
  it('has words in languages without blanks', () => {
    expect(readText('请总结用户的问题').words).toContain('总结')
    expect(readText('ช่วยสรุปเนื้อหา').words.length).toBeGreaterThan(1)
  })

  it('has sentences that end at marks of any script and at the end of a line', () => {
    expect(readText('请总结。请翻译！好吗？').sentences).toHaveLength(3)
    expect(readText('Use 3.5 points. Go on\nwith e.g. this').sentences.length).toBe(4)
  })

  it.each([
    ['# Role', true],
    ['**Role**', true],
    ['【角色】你是助手', true],
    ['<task>', true],
    ['角色：', true],
    ['Role', false],
    ['#hashtag', false],
  ])('%j is a header: %s', (line, expected) => {
    expect(readText(`text\n${line}\ntext`).hasHeader).toBe(expected)
  })

  it.each([
    ['- a', true, false],
    ['• a', true, false],
    ['1. a', true, true],
    ['1、a', true, true],
    ['（1）a', true, true],
    ['一、a', true, true],
    ['第一步 a', true, true],
    ['Step 1 a', true, true],
    ['2026 a', false, false],
  ])('%j is in a list: %s, in steps: %s', (line, list, steps) => {
    const { hasList, hasSteps } = readText(`text\n${line}`)
    expect([hasList, hasSteps]).toEqual([list, steps])
  })
})
