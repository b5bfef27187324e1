import type { Command } from 'commander'
import { describeProgram } from './command-tree.js'
import { printableJson } from './printable.js'
import type { Session } from './session.js'

/** `--describe` prints the tree of commands for programs, whatever command it is beside. */
export function addDescribeOption(program: Command, session: Session, end: () => never): void {
  program.option('--describe', 'print all commands and their options as JSON')
  program.on('option:describe', () => {
    session.environment.stdout.write(`${printableJson(describeProgram(program))}\n`)
    end()
  })
}
