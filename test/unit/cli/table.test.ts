import pico from 'picocolors'
import { describe, expect, it } from 'vitest'
import { displayWidth, renderTable, wrapText, wrapWords } from '../../../src/cli/table.js'

const plain = { width: 80, colors: pico.createColors(false) }

describe('renderTable', () => {
  it('draws a small table as wide as its content', () => {
    const table = renderTable(
      [{ title: 'Id' }, { title: 'Count', align: 'right' }],
      [['a', 1]],
      plain,
    )
    expect(table.split('\n')).toEqual([
      '┌────┬───────┐',
      '│ Id │ Count │',
      '├────┼───────┤',
      '│ a  │     1 │',
      '└────┴───────┘',
    ])
  })

  it.each(['x'.repeat(300), '完蛋！我被包围了'.repeat(20), '🚀'.repeat(90)])(
    'wraps what is too long into at most 80 columns and shows all of it: %s',
    (long) => {
      const table = renderTable([{ title: 'Id' }, { title: 'Text' }], [['short', long]], plain)
      for (const line of table.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80)
      expect(table).not.toContain('…')
      const characters = Array.from(table).filter((character) => long.includes(character))
      expect(characters.join('')).toContain(long.slice(0, 10))
      expect(characters).toHaveLength(Array.from(long).length + (long.startsWith('x') ? 1 : 0))
    },
  )

  it('keeps a column whole as long as others can be narrower', () => {
    const columns = [{ title: 'Time', whole: true }, { title: 'Reason' }]
    const time = '2026-11-21T07:26:12.481Z'
    expect(renderTable(columns, [[time, 'x'.repeat(99)]], plain)).toContain(time)
    const narrow = renderTable(columns, [[time, 'x'.repeat(99)]], { ...plain, width: 30 })
    for (const line of narrow.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(30)
  })

  it('fits several long columns', () => {
    const columns = [{ title: 'A' }, { title: 'B' }, { title: 'C' }]
    const table = renderTable(columns, [['a'.repeat(99), 'b'.repeat(99), 'c'.repeat(99)]], plain)
    for (const line of table.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80)
  })

  it('draws a long table in one piece', () => {
    // More than a call takes as arguments.
    const rows = Array.from({ length: 130_000 }, (_, at) => [at] as const)
    const lines = renderTable([{ title: 'A' }], rows, plain).split('\n')
    expect(lines).toHaveLength(130_004)
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1)
    expect(lines.filter((line) => /^[┌├└]/.test(line))).toEqual([lines[0], lines[2], lines.at(-1)])
    const drawn = lines.slice(3, -1).map((line) => Number(line.split('│')[1]))
    expect(drawn.every((number, at) => number === at)).toBe(true)
  })

  it('keeps control characters of stored names off the terminal', () => {
    expect(renderTable([{ title: 'Id' }], [['\u001b[2J']], plain)).not.toContain('\u001b')
  })

  it('colours the head only when colours are wanted', () => {
    const coloured = { width: 80, colors: pico.createColors(true) }
    expect(renderTable([{ title: 'Id' }], [['a']], coloured)).toContain('\u001b[1m')
    expect(renderTable([{ title: 'Id' }], [['a']], plain)).not.toContain('\u001b')
  })
})

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

describe('a sentence', () => {
  it('is broken at blanks, and its later lines are indented', () => {
    expect(wrapWords('one two three four', 9)).toEqual(['one two', '  three', '  four'])
    expect(wrapWords('', 9)).toEqual([''])
  })

  it('keeps a word whole that is longer than a line', () => {
    expect(wrapWords('in /a/path/that/is/long at all', 10)).toEqual([
      'in',
      '  /a/path/that/is/long',
      '  at all',
    ])
  })

  it('counts the columns of wide characters', () => {
    expect(wrapWords('提示词 提示词 提示词', 14)).toEqual(['提示词 提示词', '  提示词'])
  })
})
