import { expect, it } from 'vitest'
import { unwritable } from '../../../src/cli/unwritable.js'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

it.each([
  ['written', 'ENOENT', 'a cannot be written: its directory does not exist'],
  ['rewritten', 'ENOENT', 'a cannot be rewritten: there is no such file'],
  ['written', 'EACCES', 'a cannot be written: permission denied'],
  ['rewritten', 'ENXIO', 'a cannot be rewritten: ENXIO'],
] as const)('a file that cannot be %s is named with the reason: %s', (what, code, message) => {
  const cause = failure(code)
  expect(unwritable('a', cause, what)).toMatchObject({
    code: 'CLI-INPUT-001',
    message,
    context: { file: 'a', errno: code },
    cause,
  })
})

it('other errors, and those of the command line itself, stay as they are', () => {
  for (const error of [new Error('no code'), failure('CLI-INPUT-001')])
    expect(unwritable('a', error, 'written')).toBe(error)
})
