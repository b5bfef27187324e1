import type { Command } from 'commander'
import { buildProgram } from '../../../src/cli/program.js'
import { Session } from '../../../src/cli/session.js'
import { createEnvironment } from './environment.js'

const program = buildProgram(new Session(createEnvironment().environment))

/** Every command, as the words that lead to it: first the program itself, as no word. */
export const COMMANDS: readonly (readonly string[])[] = below(program, [])

function below(command: Command, path: readonly string[]): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((each) => below(each, [...path, each.name()]))]
}

/** The names of the commands of a command; none for one that has none. */
export function commandsOf(path: readonly string[]): readonly string[] {
  const found = path.reduce<Command | undefined>(
    (command, name) => command?.commands.find((each) => each.name() === name),
    program,
  )
  return (found?.commands ?? []).map((each) => each.name())
}
