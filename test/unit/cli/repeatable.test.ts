import { Command, Option } from 'commander'
import { expect, it } from 'vitest'
import { given, isRepeatable, repeatable } from '../../../src/cli/repeatable.js'

it('an option may be given several times, and does not exist where it is not given', () => {
  const parse = (...argv: string[]) =>
    new Command()
      .addOption(repeatable('--label <label>', 'a label'))
      .parse(argv, { from: 'user' })
      .opts()
  expect(parse('--label', 'b', '--label', 'a')).toEqual({ label: ['b', 'a'] })
  expect(parse()).toEqual({})
})

it('what was not given is left out; null was given', () => {
  expect(given({ a: undefined, b: null, c: '' })).toEqual({ b: null, c: '' })
})

it('whether an option may be given several times can be asked', () => {
  expect(isRepeatable(repeatable('--tag <tag>', 'a tag'))).toBe(true)
  expect(isRepeatable(new Option('--tag <tag...>'))).toBe(true)
  expect(isRepeatable(new Option('--tag <tag>'))).toBe(false)
})
