import { describe, expect, it } from 'vitest'
import { isReadTheSame } from '../../../../src/dify/file/second-reading.js'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'

function compare(text: string, read = text): boolean | undefined {
  return isReadTheSame(
    text,
    readYaml(read, () => undefined),
  )
}

describe('a second reading', () => {
  it.each([
    'a: 1\nb: [x, {c: "y\\n"}, ~, ]\n',
    'a: &x {b: c}\nd: *x\ne: {<<: *x, f: g}\n',
    'a: 1\na: 2\n',
    '- |\n  x\n- >-\n  y\n  z\n',
    '',
  ])('finds the same in %j', (text) => {
    expect(compare(text)).toBe(true)
  })

  it.each([
    ['a: b', 'a: c'],
    ['a: b', 'c: b'],
    ['[a]', '[a, b]'],
    ['a: [b]', 'a: b'],
    ['a: {b: c}', 'a: [b]'],
    ['a:', 'a: b'],
  ])('finds the difference of %j and %j', (text, read) => {
    expect(compare(text, read)).toBe(false)
  })

  it('is not possible where the other parser refuses the file', () => {
    expect(compare("a:\n  b: 'x\ny'\n")).toBeUndefined()
    expect(compare(`- &a b\n${'- *a\n'.repeat(101)}`)).toBeUndefined()
    expect(compare('a: b\n---\nc: d', 'a: b')).toBeUndefined()
    expect(compare('['.repeat(1000), 'a')).toBeUndefined()
  })
})
