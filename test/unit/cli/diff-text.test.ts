import pico from 'picocolors'
import { describe, expect, it } from 'vitest'
import { diffText } from '../../../src/cli/diff-text.js'
import { diffDocuments } from '../../../src/versions/registry/diff.js'

const [plain, colored] = [pico.createColors(false), pico.createColors(true)]

async function shown(before: unknown, after: unknown, colors = plain): Promise<string> {
  return diffText(await diffDocuments(before, after), colors)
}

describe('a difference without colours', () => {
  it('shows lines that were removed and added, and those around them', async () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line ${at}\n`)
    const before = { text: lines.join('') }
    const after = { text: lines.with(5, 'other 5\n').join('') }
    expect(await shown(before, after)).toBe(
      [
        '/text',
        ' …',
        ' line 2',
        ' line 3',
        ' line 4',
        '-line 5',
        '+other 5',
        ' line 6',
        ' line 7',
        ' line 8',
        ' …',
        '',
      ].join('\n'),
    )
  })

  it('shows whole lines that were inserted or removed alone', async () => {
    expect(await shown({ text: 'a\nc\n' }, { text: 'a\nb\nc\n' })).toBe('/text\n a\n+b\n c\n')
    expect(await shown({ text: 'a\nb\nc\n' }, { text: 'a\nc\n' })).toBe('/text\n a\n-b\n c\n')
  })

  it('shows that the last line has no end', async () => {
    expect(await shown({ text: 'a\n' }, { text: 'a' })).toBe('/text\n-a\n+a\n\\ No line end\n')
  })

  it('shows other fields by path', async () => {
    const before = { id: 'p', config: { t: 0.2, old: [1] }, list: ['a', 'b', 'c'] }
    const after = { id: 'p', config: { t: 0.7, new: null }, list: ['c', 'a', 'b'] }
    expect((await shown(before, after)).trimEnd().split('\n').toSorted()).toEqual([
      '/config/new added: null',
      '/config/old removed: [1]',
      '/config/t: 0.2 -> 0.7',
      '/list/0 moved from /list/2',
    ])
  })

  it('has every line of both texts', async () => {
    const [before, after] = ['a b\n\nc\nd e f\n', 'a x\n\n\nd e\nf g\nh']
    const lines = (await shown({ text: before }, { text: after })).split('\n').slice(1, -1)
    const side = (mark: string): string =>
      lines
        .filter((line) => line.startsWith(' ') || line.startsWith(mark))
        .map((line) => line.slice(1))
        .join('\n')
    expect(side('-')).toBe(before.trimEnd())
    expect(side('+')).toBe(after)
  })

  it('is empty for equal documents', async () => {
    expect(await shown({ text: 'a' }, { text: 'a' })).toBe('')
  })
})

describe('a difference in colours', () => {
  it('shows changed words in their line', async () => {
    const text = await shown({ text: 'Hello old world\n' }, { text: 'Hello new world\n' }, colored)
    expect(text).toBe(
      `${colored.bold('/text')}\n Hello ${colored.red(colored.strikethrough('old'))}${colored.green('new')} world\n`,
    )
  })

  it('shows no character that controls the terminal', async () => {
    for (const colors of [plain, colored]) {
      const text = await shown(
        { text: 'a', 'k\u001b': 1 },
        { text: 'a \u001b[2J', 'k\u001b': '\u001b]0;' },
        colors,
      )
      expect(text).toContain(String.raw`\u001b[2J`)
      expect(text.split('\u001b').slice(1)).toSatisfy((parts: string[]) =>
        parts.every((part) => /^\[\d+m/.test(part)),
      )
    }
  })
})
