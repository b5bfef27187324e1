import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'
import {
  fieldOf,
  nodeAt,
  PlainValues,
  pointerAt,
  pointerStep,
  sourceOf,
  textOf,
  type YamlNode,
} from '../../../../src/dify/file/yaml-tree.js'

const TEXT = 'a: {b/c: [x, 1_0, yes, ~]}\n~d: 12345678901234567890\n'

function read(text: string): YamlNode {
  return readYaml(text, () => undefined)
}

describe('a tree of YAML', () => {
  it('is walked by names and by pointers', () => {
    const root = read(TEXT)
    const list = fieldOf(root, 'a', 'b/c')
    expect(nodeAt(root, '/a/b~1c')).toBe(list)
    expect(nodeAt(root, '/a/b~1c/0')).toMatchObject({ text: 'x', start: TEXT.indexOf('x') })
    expect(nodeAt(root, '/a/b~1c/01')).toBeUndefined()
    expect(nodeAt(root, '')).toBe(root)
    expect(nodeAt(root, '/~0d')).toMatchObject({ type: 'int' })
    expect(fieldOf(root, 'a', 'x', 'y')).toBeUndefined()
    expect([pointerStep('a/~b'), pointerStep(3)]).toEqual(['/a~1~0b', '/3'])
  })

  it('has texts, and the characters of other scalars', () => {
    const [x, number, boolean, nothing] = [0, 1, 2, 3].map((at) =>
      nodeAt(read(TEXT), `/a/b~1c/${at}`),
    )
    expect([textOf(x), textOf(number), textOf(boolean), textOf(nothing)]).toEqual([
      'x',
      undefined,
      undefined,
      undefined,
    ])
    expect([sourceOf(x), sourceOf(number), sourceOf(boolean), sourceOf(nothing)]).toEqual([
      'x',
      '1_0',
      'yes',
      undefined,
    ])
  })

  it('finds the deepest node at an offset', () => {
    expect(pointerAt(read(TEXT), TEXT.indexOf('yes') + 1)).toBe('/a/b~1c/2')
    expect(pointerAt(read(TEXT), TEXT.length)).toBe('')
  })
})

describe('plain values', () => {
  it('have numbers as values, or as their text', () => {
    const root = read(TEXT)
    expect(new PlainValues('value').of(root)).toEqual({
      a: { 'b/c': ['x', 10, true, null] },
      '~d': '12345678901234567890',
    })
    expect(new PlainValues('text').of(root)).toMatchObject({
      a: { 'b/c': ['x', '1_0', true, null] },
    })
  })

  it('share what aliases share, and are frozen', () => {
    const value = new PlainValues('value').of(read('- &a [1]\n- *a')) as unknown[]
    expect(value[0]).toBe(value[1])
    expect(Object.isFrozen(value[0])).toBe(true)
  })

  it('keep a key named __proto__', () => {
    expect(new PlainValues('value').of(read('__proto__: 1'))).toEqual(JSON.parse('{"__proto__":1}'))
  })
})
