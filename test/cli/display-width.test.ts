import { describe, expect, it } from 'vitest'
import { displayWidth, wrapText } from '../../src/cli/display-width.js'

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
  it('loses nothing and makes no line too wide', () => {
    const text = '全书翻译_1717916961837 and 完蛋！🚀'
    for (let width = 2; width < 50; width += 1) {
      const lines = wrapText(text, width)
      expect(lines.join('')).toBe(text)
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
    }
  })

  it('gives one empty line for an empty text', () => {
    expect(wrapText('', 10)).toEqual([''])
  })
})
