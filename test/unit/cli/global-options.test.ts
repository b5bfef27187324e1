import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import {
  addGlobalOptions,
  checkForm,
  parseInteger,
  type GlobalOptions,
} from '../../../src/cli/global-options.js'

function parsed(...argv: readonly string[]): GlobalOptions {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  addGlobalOptions(program)
  return program.parse(argv, { from: 'user' }).opts<GlobalOptions>()
}

describe('the options of every command', () => {
  it('are left out if they are not given, but for the colour', () => {
    expect(parsed()).toEqual({ color: true })
    expect(
      parsed('--no-color', '-d', 'x', '-q', '--retries', '0', '--lock-timeout-ms', '0'),
    ).toEqual({ color: false, dir: 'x', quiet: true, retries: 0, lockTimeoutMs: 0 })
  })

  it('refuse a disk that is named twice, and one that does not exist', () => {
    expect(parsed('--portable')).toMatchObject({ portable: true })
    expect(() => parsed('--portable', '--disk', 'native')).toThrow('cannot be used with')
    expect(() => parsed('--disk', 'floppy')).toThrow('Allowed choices are auto, native, portable')
  })

  it('refuse more retries than the library takes', () => {
    const most = 9
    expect(parsed('--retries', String(most))).toMatchObject({ retries: most })
    expect(() => parsed('--retries', String(most + 1))).toThrow(`from 0 to ${most}`)
    expect(() => parsed('--retries', '-1')).toThrow('whole number')
  })
})

it('a whole number has digits only, and few enough to be exact', () => {
  expect(parseInteger('007')).toBe(7)
  expect(parseInteger('999999999999999')).toBe(999_999_999_999_999)
  for (const text of ['', '-1', '1.5', '1e3', '0x10', ' 1', '٣', '1000000000000000'])
    expect(() => parseInteger(text), text).toThrow('Expected a whole number.')
})

it('a list takes one form only', () => {
  expect(() => checkForm(true, { ndjson: undefined, null: false })).not.toThrow()
  expect(() => checkForm(false, { ndjson: true, null: true })).not.toThrow()
  expect(() => checkForm(true, { ndjson: undefined, null: true })).toThrow(
    'Either --json or --null, not both',
  )
})
