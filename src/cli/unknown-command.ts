import { CommanderError, type Command } from 'commander'
import { nearestName } from '../base/options.js'

/** Errors of commander that are about the name of a command. */
const UNKNOWN = 'commander.unknownCommand'
const SURPLUS = 'commander.excessArguments'
const NONE = 'commander.help'

/**
 * Makes a command and all below it say, of a name that is not one of their commands, which one was probably meant, or
 * which there are. It is called when the tree is whole.
 */
export function explainUnknownCommands(command: Command): void {
  command.exitOverride((error) => {
    throw explained(error, command)
  })
  for (const each of command.commands) explainUnknownCommands(each)
}

function explained(error: CommanderError, command: Command): CommanderError {
  // Help that was asked for ends with 0.
  if (error.code === NONE && error.exitCode !== 0) return withoutCommand(error, command)
  if (error.code === UNKNOWN) return usage(unknown(command, command.args[0]))
  const { parent } = command
  // `migrate` without a command is a command, too: what follows it is meant to be the name of one.
  const isDefault =
    parent !== null && ![command.name(), ...command.aliases()].includes(parent.args[0] ?? '')
  return error.code === SURPLUS && isDefault ? usage(unknown(parent, parent.args[0])) : error
}

/** The help has been printed: for lack of a command, or as the answer to `help NAME`. */
function withoutCommand({ exitCode, code }: CommanderError, command: Command): CommanderError {
  const [first, name] = command.args
  return first === 'help' && name !== undefined
    ? usage(unknown(command, name))
    : new CommanderError(exitCode, code, `No command given; ${lists(command)}`)
}

function usage(message: string): CommanderError {
  return new CommanderError(1, UNKNOWN, message)
}

function unknown(command: Command, name = ''): string {
  const names = namesOf(command)
  const meant = nearestName(name, names)
  const hint = meant === undefined ? `; ${known(command, names)}` : ` (Did you mean ${meant}?)`
  return `unknown command '${name}'${command.parent === null ? '' : ` of ${pathOf(command)}`}${hint}`
}

/** The commands of a group fit into a message; those of the program do not. */
function known(command: Command, names: readonly string[]): string {
  return command.parent === null ? lists(command) : `known are ${names.join(', ')}`
}

function lists(command: Command): string {
  return `${pathOf(command)} --help lists them`
}

function namesOf({ commands }: Command): readonly string[] {
  return commands.map((each) => each.name())
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
