import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import type { Environment } from '../../../src/cli/environment.js'
import { createProgress, Output, showFacts, snakeCased } from '../../../src/cli/output.js'
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

  it('breaks sentences at the width, and leaves commands to paste as they are', async () => {
    const { output, stdout, stderr } = capture({})
    const words = Array.from({ length: 20 }, () => 'words').join(' ')
    const lines = `${'words '.repeat(13)}`.trimEnd() + `\n  ${'words '.repeat(7)}`.trimEnd()
    await output.paragraph(words)
    await output.say(words)
    await output.next('Next', [`holdfast ${words}`])
    expect(stdout()).toBe(`${lines}\n`)
    expect(stderr()).toBe(`${lines}\nNext:\n  holdfast ${words}\n`)
    const quiet = capture({ quiet: true })
    await quiet.output.say(words)
    await quiet.output.next('Next', [words])
    expect(quiet.stderr()).toBe('')
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

describe('facts', () => {
  it('are rows of names and values, those of inner objects with the name of the object', async () => {
    const { output, stdout } = capture({})
    await showFacts(output, {
      total_prompts: 3,
      hitRate: 0.123456,
      sharding: { enabled: true, depth: 2 },
      cache: { cache_bytes: 7 },
      schema: null,
      left: undefined,
      warnings: [],
      problems: ['one', { code: 'two' }],
    })
    const rows = stdout()
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()))
      .map(([, ...cells]) => cells.slice(0, 2))
    for (const row of [
      ['total prompts', '3'],
      ['hit rate', '0.123'],
      ['sharding enabled', 'yes'],
      ['sharding depth', '2'],
      ['cache bytes', '7'],
      ['schema', 'none'],
      ['warnings', 'none'],
      ['problems', 'one'],
      ['problems', '{"code":"two"}'],
    ])
      expect(rows).toContainEqual(row)
    expect(stdout()).not.toContain('left')
  })

  it('have keys in snake_case at every depth of a document, and values as they are', () => {
    expect(
      snakeCased({
        isOpen: true,
        file_system: { caseSensitive: 'aB' },
        list: [{ freeMb: 1 }, 'xY'],
      }),
    ).toEqual({
      is_open: true,
      file_system: { case_sensitive: 'aB' },
      list: [{ free_mb: 1 }, 'xY'],
    })
    expect(snakeCased(null)).toBeNull()
  })
})

describe('a progress bar', () => {
  const shownFor = (total: number, isTTY: boolean, quiet: boolean): string => {
    const { environment, stderr } = createEnvironment({ isTTY })
    const progress = createProgress(environment, quiet)
    progress.update(1, total)
    progress.stop()
    return stderr()
  }

  it('is drawn on a terminal only, for long work only, and not when it is to be quiet', () => {
    expect(shownFor(1000, true, false)).not.toBe('')
    expect(shownFor(1000, false, false)).toBe('')
    expect(shownFor(1, true, false)).toBe('')
    expect(shownFor(1000, true, true)).toBe('')
  })
})
