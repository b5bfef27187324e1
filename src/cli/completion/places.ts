import type {
  ArgumentDescription,
  CommandDescription,
  OptionDescription,
  ProgramDescription,
} from '../command-tree.js'

/** What a shell offers in one place. */
export type Offer =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' | 'directory' | 'nothing' }

/** An option, as shells see it. */
export interface OfferedOption {
  readonly long: string
  readonly short: string | null
  readonly summary: string
  /** For its value; undefined if it takes none. */
  readonly value: Offer | undefined
}

/** A command, with all that can follow it. */
export interface Place {
  /** The words that lead to it, such as `files put`; '' for the program. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly summary: string }[]
  /** Its own; those of the program can be given everywhere. */
  readonly options: readonly OfferedOption[]
  /** For words that are not options. */
  readonly words: Offer
}

/** The names of values and arguments that are paths. */
const FILES = new Set(['file', 'config', 'target'])
const DIRECTORIES = new Set(['directory'])

/** Every command, the program first. */
export function placesOf({ program }: ProgramDescription): readonly Place[] {
  const top = program.commands.map(({ name }) => name).filter((name) => name !== 'help')
  return below(program).map((command) => ({
    path: command.path.join(' '),
    commands: command.commands.map(({ name, summary }) => ({ name, summary: firstLine(summary) })),
    options: command.options.map(offeredOption),
    words: command.path.join(' ') === 'help' ? choices(top) : wordsOf(command),
  }))
}

function below(command: CommandDescription): readonly CommandDescription[] {
  return [command, ...command.commands.flatMap(below)]
}

function offeredOption(option: OptionDescription): OfferedOption {
  const { long, short, summary, value, choices } = option
  // The word after an option whose value can be left out may be anything.
  const offer = value === null || option.is_value_optional ? undefined : offerOf(value, choices)
  return { long, short, summary: firstLine(summary), value: offer }
}

/** Paths are offered wherever one of the arguments is one: a shell does not count the words before. */
function wordsOf({ path, arguments: expected }: CommandDescription): Offer {
  // The word after `help` of a group is one of its commands; the group has them.
  if (path.at(-1) === 'help') return { kind: 'nothing' }
  const offers = expected.map(({ name, choices }: ArgumentDescription) => offerOf(name, choices))
  return offers.find(({ kind }) => kind !== 'nothing') ?? { kind: 'nothing' }
}

function offerOf(name: string, given: readonly string[] | null): Offer {
  if (given !== null) return choices(given)
  if (FILES.has(name)) return { kind: 'file' }
  return { kind: DIRECTORIES.has(name) ? 'directory' : 'nothing' }
}

function choices(names: readonly string[]): Offer {
  return { kind: 'choices', choices: names }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}

/** A word for a shell: within single quotes, whatever system this one is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
