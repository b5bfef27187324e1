import { describe, expect, it } from 'vitest'
import { indentedCode } from '../../../../src/optimizer/rewriting/indented-code.js'

function found(text: string): readonly string[] {
  return indentedCode(text).map(({ start, end }) => text.slice(start, end))
}

describe('indented code', () => {
  it('is indented behind an empty line, or at the start', () => {
    expect(found('Run:\n\n    a(1)\n    b = 2\n\nEnd.')).toEqual(['    a(1)\n    b = 2'])
    expect(found('\tnpm ci\nThen go on.')).toEqual(['\tnpm ci'])
    expect(found('Run:\n\n    if x:\n\n        y()   \n')).toEqual(['    if x:\n\n        y()'])
  })

  it.each([
    ['a paragraph that goes on', 'Say this\n    a(1)'],
    ['what belongs to an item', '- Run:\n\n    a(1)\n\n1. Then:\n\n    b(1)'],
    ['an item below an item', 'Rules\n\n    - call a(1)\n    - call b(1)'],
    ['an indented sentence', 'Rules:\n\n    Read all of it before you answer.\n\nEnd.'],
    ['a text that is indented as a whole', '    Use a(1);\n\n    b = 2'],
    ['less than four blanks', 'Run:\n\n   a(1)\n'],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(found(text)).toEqual([])
  })

  it('takes a time that grows with the length alone', () => {
    expect(found('x\n\n' + '    a(1)\n\n'.repeat(50_000))).toHaveLength(1)
    expect(found('x\n\n    a b\n'.repeat(50_000))).toEqual([])
  })
})
