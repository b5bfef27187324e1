import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../src/base/version.js'
import { describeProgram, type CommandDescription } from '../src/cli/command-tree.js'
import { buildProgram } from '../src/cli/program.js'
import { Session } from '../src/cli/session.js'
import { createEnvironment } from './unit/cli/environment.js'

const PAGE = join(import.meta.dirname, '../dist/man/holdfast.1')
const { program } = describeProgram(buildProgram(new Session(createEnvironment().environment)))

function below(command: CommandDescription): readonly CommandDescription[] {
  return [command, ...command.commands.flatMap(below)]
}

/** What a reader of the page sees, without the escapes of roff. */
async function page(): Promise<string> {
  return (await readFile(PAGE, 'utf8')).replaceAll(/\\f[BIR]|\\&/g, '').replaceAll('\\-', '-')
}

describe('the man page', () => {
  it('has every command with its usage and each of its options', async () => {
    const text = await page()
    expect(text).toContain(`holdfast ${VERSION}`)
    const missing = below(program)
      .filter(({ name }) => name !== 'help')
      .flatMap(({ usage, options, path }) => [
        ...(path.length === 0 || text.includes(`.SS ${usage}\n`) ? [] : [usage]),
        ...options.map(({ long }) => long).filter((long) => !text.includes(long)),
      ])
    expect(missing).toEqual([])
    for (const part of ['.SH NAME', '.SH SYNOPSIS', '5 damaged data', 'CARE COMMANDS'])
      expect(text).toContain(part)
  })

  it('is the one that package.json names, and is in the package', async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(import.meta.dirname, '../package.json'), 'utf8'),
    )
    expect(manifest).toMatchObject({
      man: './dist/man/holdfast.1',
      files: expect.arrayContaining(['dist']),
    })
  })

  it.skipIf(spawnSync('mandoc', [PAGE]).error !== undefined)(
    'is read without a complaint by a strict reader',
    () => {
      const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], {
        encoding: 'utf8',
      })
      // A date would make each build another one.
      const complaints = stdout.split('\n').filter((line) => !line.includes('missing date'))
      expect(complaints).toEqual([''])
    },
  )
})
