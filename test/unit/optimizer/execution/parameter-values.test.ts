import { expect, it } from 'vitest'
import { parameterValues } from '../../../../src/optimizer/execution/parameter-values.js'

it('has the numbers of a range, without errors of binary fractions', () => {
  const range = (min: number, max: number, step: number) => ({ min, max, step })
  expect(parameterValues('x', { type: 'float', range: range(0, 0.3, 0.1) })).toEqual([
    0, 0.1, 0.2, 0.3,
  ])
  expect(parameterValues('x', { type: 'int', range: range(-1, 4, 2) })).toEqual([-1, 1, 3])
  expect(parameterValues('x', { type: 'int', range: range(5, 5, 1) })).toEqual([5])
  const fractions = () => parameterValues('x', { type: 'int', range: range(0, 1, 0.5) })
  expect(fractions).toThrow(/parameter "x" of type int has fractions/)
  const many = () => parameterValues('x', { type: 'float', range: range(0, 1, 1e-9) })
  expect(many).toThrow(/expected at most 10000/)
})

it('has what is listed, files, JSON, and the default if there is nothing else', () => {
  const given = { type: 'string' as const, default: 'd' }
  expect(parameterValues('x', { ...given, values: ['a', 'b'], file_pool: ['f.txt'] })).toEqual([
    'a',
    'b',
    'f.txt',
  ])
  expect(parameterValues('x', { type: 'json', json_template: '{"a":[1]}' })).toEqual([{ a: [1] }])
  expect(parameterValues('x', given)).toEqual(['d'])
  expect(parameterValues('x', { type: 'bool' })).toEqual([true, false])
})

it('refuses a parameter without values, and JSON that is none', () => {
  expect(() => parameterValues('tone', { type: 'enum' })).toThrow(/Parameter "tone" has no values/)
  const broken = () => parameterValues('tone', { type: 'json', json_template: '{' })
  expect(broken).toThrow(/"json_template" of parameter "tone" is not JSON/)
})
