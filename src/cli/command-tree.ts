import type { EventEmitter } from 'node:events'
import type { Argument, Command, Option } from 'commander'
import { VERSION } from '../base/version.js'
import { EXIT } from './errors.js'
import { isRepeatable } from './repeatable.js'

/** What `holdfast --describe` prints, and what completions and the man page are made of. */
export interface ProgramDescription {
  /** 1. It grows when a field changes its meaning or goes; new fields leave it as it is. */
  readonly schema_version: 1
  readonly version: string
  /** The program itself: its options are those of every command. */
  readonly program: CommandDescription
  /** What each exit status is called in the sources; their meanings are in docs/cli.md. */
  readonly exit_statuses: Readonly<Record<string, number>>
}

/** One command. */
export interface CommandDescription {
  readonly name: string
  /** The words after `holdfast`; empty for the program. */
  readonly path: readonly string[]
  /** The heading it is listed under; '' for the program. */
  readonly group: string
  readonly summary: string
  /** How it is called, without the options. */
  readonly usage: string
  readonly arguments: readonly ArgumentDescription[]
  /** Its own options, without those of the program. */
  readonly options: readonly OptionDescription[]
  /** Examples and explanations, as `--help` prints them after the options; '' for none. */
  readonly notes: string
  readonly commands: readonly CommandDescription[]
}

/** A word of a command line by its place. */
export interface ArgumentDescription {
  readonly name: string
  readonly summary: string
  readonly is_required: boolean
  /** Whether it takes all words that are left. */
  readonly is_variadic: boolean
  readonly choices: readonly string[] | null
}

/** An option. */
export interface OptionDescription {
  /** As `--lock-timeout-ms`. */
  readonly long: string
  /** As `-d`; null for none. */
  readonly short: string | null
  readonly summary: string
  /** What stands for the value in the help, as `directory`; null for an option that takes no value. */
  readonly value: string | null
  /** Whether the option can be given without its value. */
  readonly is_value_optional: boolean
  readonly choices: readonly string[] | null
  readonly is_repeatable: boolean
}

/** Describes every command that the help lists. */
export function describeProgram(program: Command): ProgramDescription {
  return {
    schema_version: 1,
    version: VERSION,
    program: described(program, []),
    exit_statuses: EXIT,
  }
}

function described(command: Command, path: readonly string[]): CommandDescription {
  const help = command.createHelp()
  return {
    name: command.name(),
    path,
    group: command.helpGroup().replace(/:$/, ''),
    summary: command.description(),
    usage: usageOf(command, path),
    arguments: command.registeredArguments.map(argumentOf),
    options: help
      .visibleOptions(command)
      .filter(({ long }) => path.length === 0 || long !== '--help')
      .map(optionOf),
    notes: notesOf(command),
    commands: help.visibleCommands(command).map((each) => described(each, [...path, each.name()])),
  }
}

function usageOf(command: Command, path: readonly string[]): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const groups = command.commands.length > 0 ? ['<command>'] : []
  return ['holdfast', ...path, ...words, ...groups].join(' ')
}

function argumentOf(argument: Argument): ArgumentDescription {
  return {
    name: argument.name(),
    summary: argument.description,
    is_required: argument.required,
    is_variadic: argument.variadic,
    choices: argument.argChoices ?? null,
  }
}

function optionOf(option: Option): OptionDescription {
  return {
    long: option.long ?? '',
    short: option.short ?? null,
    summary: option.description,
    value: /[<[]([^<>[\]]+)[>\]]/.exec(option.flags)?.[1] ?? null,
    is_value_optional: option.optional,
    choices: option.argChoices ?? null,
    is_repeatable: isRepeatable(option),
  }
}

/** What `addHelpText('after', …)` has added: only listeners know it. */
function notesOf(command: Command): string {
  let text = ''
  const write = (more: string): void => {
    text += more
  }
  // It is one, though its types do not say so.
  const emitter = command as unknown as EventEmitter
  emitter.emit('afterHelp', { error: false, command, write })
  return text.trim()
}
