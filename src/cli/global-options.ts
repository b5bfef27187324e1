import { InvalidArgumentError, Option, type Command } from 'commander'
import { RETRY_ATTEMPTS_MAX } from '../base/options.js'
import { CliError } from './errors.js'

/** The options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly dir?: string
  readonly store?: string
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color: boolean
  readonly trash?: boolean
  readonly portable?: boolean
  readonly disk?: 'auto' | 'native' | 'portable'
  readonly lockTimeoutMs?: number
  readonly retries?: number
  readonly prerelease?: boolean
  readonly shardDepth?: number
  readonly adopt?: boolean
  readonly group?: boolean
  readonly readOnly?: boolean
}

export function addGlobalOptions(program: Command): void {
  program
    .option('-d, --dir <directory>', 'the storage directory (default: HOLDFAST_DIR)')
    .option(
      '--store <url>',
      'the store, in place of --dir: file:DIRECTORY, … (default: HOLDFAST_STORE)',
    )
    .option(
      '--config <file>',
      'the configuration file (default: HOLDFAST_CONFIG, or holdfast.config.*)',
    )
    .option('--json', 'print exactly one JSON document, for failures too')
    .option('-q, --quiet', 'print nothing on standard error but errors')
    .option('--no-color', 'no colour (NO_COLOR and FORCE_COLOR count as well)')
    .option('--trash', 'what delete removes goes to the trash, restore brings it back')
    .addOption(
      new Option('--disk <kind>', 'how to reach the disk').choices(['auto', 'native', 'portable']),
    )
    .addOption(new Option('--portable', 'the same as --disk portable').conflicts('disk'))
    .option('--lock-timeout-ms <ms>', 'how long to wait for a lock (default: 10000)', parseInteger)
    .option(
      '--retries <n>',
      'how often to try again what fails for a moment (default: 2)',
      parseRetries,
    )
    .option('--adopt', 'make a directory that holds other files a store; asks on a terminal')
    .option('--read-only', 'open beside any process, take no lock and write nothing; changes fail')
    .option('--group', 'share the store with its group: files 0660, directories 2770')
    .option(
      '--shard-depth <n>',
      'of a new store: spread the prompts over directories named by 1 to 4 hex digits of a hash',
      parseInteger,
    )
    .option('--prerelease', 'versions such as 1.0.0-beta.1 may be saved')
}

/** For commands that list. */
export function ndjsonOption(): Option {
  return new Option('--ndjson', 'print one JSON value per line, for each entry')
}

/** @throws CliError for another form of a list beside `--json`: commander finds no conflicts with global options */
export function checkForm(
  json: boolean,
  others: Readonly<Record<string, boolean | undefined>>,
): void {
  const other = Object.keys(others).find((name) => others[name] === true)
  if (json && other !== undefined)
    throw new CliError('CLI-USAGE-001', `Either --json or --${other}, not both`)
}

/** @throws CliError for an author without a name, before anything is written */
export function checkAuthor(author: string | undefined): void {
  if (author === '') throw new CliError('CLI-USAGE-001', '--author must not be empty')
}

const RETRIES_MAX = RETRY_ATTEMPTS_MAX - 1

function parseRetries(value: string): number {
  const retries = parseInteger(value)
  if (retries > RETRIES_MAX)
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${RETRIES_MAX}.`)
  return retries
}

/** A whole number from the command line, 0 or more. */
export function parseInteger(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(value)
}

const DAYS = { h: 1 / 24, d: 1, w: 7 } as const

/** A time such as `30d`, as a number of days. */
export function parseAge(text: string): number {
  const [, digits, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? []
  if (digits === undefined)
    throw new InvalidArgumentError('Expected a time such as 30d, 12h or 4w.')
  return Number(digits) * DAYS[unit as keyof typeof DAYS]
}
