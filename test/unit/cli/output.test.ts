import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import type { Environment } from '../../../src/cli/environment.js'
import { Output } from '../../../src/cli/output.js'
import { createEnvironment } from './environment.js'

interface Captured {
  readonly output: Output
  readonly stdout: () => string
  readonly stderr: () => string
}

function capture(
  given: { tty?: boolean; json?: boolean; quiet?: boolean; color?: boolean },
  variables: Environment['variables'] = {},
): Captured {
  const { environment, stdout, stderr } = createEnvironment({
    variables,
    isTTY: given.tty ?? false,
  })
  const { json = false, quiet = false, color = true } = given
  return { output: new Output(environment, { json, quiet, color }), stdout, stderr }
}

describe('Output', () => {
  it('puts data on standard output and talk on standard error', async () => {
    const { output, stdout, stderr } = capture({})
    await output.data('data\n')
    await output.talk('talk')
    expect([stdout(), stderr()]).toEqual(['data\n', 'talk\n'])
  })

  it('keeps talk and warnings back when it is to be quiet, but no error', async () => {
    const { output, stderr } = capture({ quiet: true })
    await output.talk('talk')
    await output.warn('careful')
    await output.error(wrongArgument('wrong'))
    expect(stderr()).toBe('error CLI-USAGE-001 wrong\n')
  })

  it('reports a failure as one JSON document on standard output', async () => {
    const { output, stdout, stderr } = capture({ json: true })
    await output.error(wrongArgument('wrong'))
    expect(JSON.parse(stdout())).toEqual({
      error: { code: 'CLI-USAGE-001', message: 'wrong', context: {}, retryable: false },
    })
    expect(stderr()).toBe('')
  })

  it('shows where an error of its own came from', async () => {
    const { output, stderr } = capture({})
    await output.error(new Error('a bug'))
    expect(stderr()).toContain('output.test.ts')
  })

  it.each([
    ['a terminal', true, { tty: true }, {}],
    ['no terminal', false, {}, {}],
    ['a dumb terminal', false, { tty: true }, { TERM: 'dumb' }],
    ['NO_COLOR', false, { tty: true }, { NO_COLOR: '1' }],
    ['an empty NO_COLOR', true, { tty: true }, { NO_COLOR: '' }],
    ['FORCE_COLOR without a terminal', true, {}, { FORCE_COLOR: '1' }],
    ['FORCE_COLOR=0', false, { tty: true }, { FORCE_COLOR: '0' }],
    ['NO_COLOR against FORCE_COLOR', false, {}, { NO_COLOR: '1', FORCE_COLOR: '1' }],
    ['--no-color against FORCE_COLOR', false, { color: false }, { FORCE_COLOR: '1' }],
  ])('decides about colour for %s: %s', (_case, coloured, given, variables) => {
    expect(capture(given, variables).output.colors.isColorSupported).toBe(coloured)
  })
})
