import { describe, expect, it } from 'vitest'
import { VERSION } from '../../../src/base/version.js'
import { describeProgram, type CommandDescription } from '../../../src/cli/command-tree.js'
import { EXIT } from '../../../src/cli/errors.js'
import { buildProgram } from '../../../src/cli/program.js'
import { Session } from '../../../src/cli/session.js'
import { COMMANDS } from './commands.js'
import { createEnvironment } from './environment.js'

const described = describeProgram(buildProgram(new Session(createEnvironment().environment)))

function at(...path: readonly string[]): CommandDescription | undefined {
  return path.reduce<CommandDescription | undefined>(
    (command, name) => command?.commands.find((each) => each.name === name),
    described.program,
  )
}

describe('the description of the command', () => {
  it('has every command, with a summary, a usage and its notes', () => {
    for (const path of COMMANDS) {
      const command = at(...path)
      expect(command?.path).toEqual(path)
      expect(command?.summary, path.join(' ')).not.toBe('')
      expect(command?.usage).toContain(['holdfast', ...path].join(' '))
    }
    expect(at('gc')?.notes).toContain('$ holdfast gc --dir prompts --keep-last 10 --dry-run')
    expect(at('gc')?.group).toBe('Registry')
  })

  it('says of options and arguments what is to be given', () => {
    expect(at('gc')?.options.find(({ long }) => long === '--pin')).toEqual({
      long: '--pin',
      short: null,
      summary: 'keep this version of each prompt; repeatable',
      value: 'version',
      is_value_optional: false,
      choices: null,
      is_repeatable: true,
    })
    expect(at()?.options.find(({ long }) => long === '--disk')).toMatchObject({
      value: 'kind',
      choices: ['auto', 'native', 'portable'],
      is_repeatable: false,
    })
    expect(at('files', 'rm')?.usage).toBe('holdfast files rm <keys...>')
    expect(at('files', 'rm')?.arguments).toMatchObject([
      { name: 'keys', is_required: true, is_variadic: true },
    ])
  })

  it('has the version and the exit statuses, and leaves out what the help hides', () => {
    expect(described).toMatchObject({ schema_version: 1, version: VERSION, exit_statuses: EXIT })
    expect(at('cache')?.options.map(({ long }) => long)).toEqual(['--limit'])
  })
})
