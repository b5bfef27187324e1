import pico from 'picocolors'
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../../src/cli/display-width.js'
import { renderTable } from '../../../src/cli/table.js'

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
