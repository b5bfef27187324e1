import { describe, expect, it } from 'vitest'
import { displayWidth, wrapText } from '../../../src/cli/display-width.js'

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['全书翻译', 8],
    ['llm→o1', 6],
    ['完蛋！我被LLM包围了！', 21],
    ['한글', 4],
    ['カナ', 4],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['🚀', 2],
  ])('counts the terminal columns of %j: %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('wrapText', () => {
  it('breaks at blanks, and within what has none', () => {
    expect(wrapText('one process at a time', 11)).toEqual(['one process', 'at a time'])
    expect(wrapText('one process', 8)).toEqual(['one', 'process'])
    expect(wrapText('a flow_1739189441547start', 10)).toEqual([
      'a',
      'flow_17391',
      '89441547st',
      'art',
    ])
  })

  it('loses nothing but the blanks at which it breaks, and makes no line too wide', () => {
    const text = '全书翻译_1717916961837 and 完蛋！🚀'
    for (let width = 2; width < 50; width += 1) {
      const lines = wrapText(text, width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
    }
  })

  it('gives one empty line for an empty text', () => {
    expect(wrapText('', 10)).toEqual([''])
  })
})
