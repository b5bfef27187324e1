import { wrongArgument } from '../base/misuse.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../base/option-table.js'
import { flag, integer, rejectUnknown, secret, shown } from '../base/options.js'
import { kindOf } from '../base/values.js'
import {
  DOCUMENT_OPTION_NAMES,
  type DocumentStorageOptions,
} from '../versions/source/document-storage-options.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { VersionDocument } from '../versions/version-storage.js'
import type { PostgresPool } from './driver.js'

/** Where the database is, and how it is used. */
export interface PostgresOptions {
  /**
   * `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters that `pg` knows. What it does not say comes from
   * the environment (PGHOST, PGUSER, PGPASSWORD …). This or `pool` is required.
   */
  readonly url?: string | undefined
  /**
   * A `pg.Pool` of the program: its connections are used and it is not closed. Its own settings apply in the place of
   * `maxConnections` and of the timeouts of statements and locks.
   */
  readonly pool?: PostgresPool | undefined
  /** The schema of the tables: a letter or "_", then letters, digits and "_", 40 at most. Default 'holdfast'. */
  readonly schemaName?: string | undefined
  /** Most connections at the same time, beside the one that hears of changes. Default 10. */
  readonly maxConnections?: number | undefined
  /**
   * For how long, in ms, an answer may come from memory after the server was last asked for changes: no answer is older
   * than that. 0: the server is asked before each answer. Default 1000.
   */
  readonly staleMs?: number | undefined
  /** How long to try to reach the server, in ms. Default 5000. */
  readonly connectTimeoutMs?: number | undefined
  /** How long a statement may take, in ms. Default 30000. */
  readonly statementTimeoutMs?: number | undefined
  /** How long a statement may wait for what another transaction has locked, in ms. Default 10000. */
  readonly lockTimeoutMs?: number | undefined
  /** False: a schema without tables of a store fails with FS-FORMAT-001 instead of getting them. Default true. */
  readonly create?: boolean | undefined
  /** Changes fail with FS-READONLY-001; nothing is created. Default false. */
  readonly readOnly?: boolean | undefined
}

/** How a storage in PostgreSQL is opened. */
export interface PostgresStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
>
  extends PostgresOptions, DocumentStorageOptions<Version, SchemaInput> {}

export type ResolvedPostgresOptions = Resolved<
  PostgresOptions,
  { readonly url: string | undefined; readonly pool: PostgresPool | undefined }
>

const MINUTE_MS = 60_000

const OPTIONS: OptionTable<ResolvedPostgresOptions> = {
  url: (name, given, { pool }) => urlOption(name, given, pool),
  pool: (name, given) => poolOption(name, given),
  schemaName: option('holdfast', schemaName),
  maxConnections: option(10, integer(1, 1000)),
  staleMs: option(1000, integer(0, 10 * MINUTE_MS)),
  connectTimeoutMs: option(5000, integer(1, 10 * MINUTE_MS)),
  statementTimeoutMs: option(30_000, integer(1, 60 * MINUTE_MS)),
  lockTimeoutMs: option(10_000, integer(1, 60 * MINUTE_MS)),
  create: option(true, flag),
  readOnly: option(false, flag),
}

/** The names of these options, without those of every storage over a source. */
export const POSTGRES_OPTION_NAMES: readonly (keyof PostgresOptions)[] = Object.keys(
  OPTIONS,
) as (keyof PostgresOptions)[]

/** @throws TypeError or RangeError that names the option; never with the URL, which may hold a password */
export function resolvePostgresOptions(
  given: PostgresOptions,
  where: string,
): ResolvedPostgresOptions {
  const known: readonly string[] = [...POSTGRES_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES]
  if (given === undefined) throw wrongArgument(`${where} needs the option "url" or "pool"`)
  rejectUnknown(given, known, where)
  return Object.freeze(resolveOptions(OPTIONS, given))
}

function urlOption(name: string, given: unknown, pool: unknown): string | undefined {
  if (given === undefined && pool !== undefined) return undefined
  const form = 'postgres://USER@HOST:PORT/DATABASE'
  if (given === undefined) throw wrongArgument(`Option "${name}" or "pool" is required: ${form}`)
  if (pool !== undefined) throw wrongArgument(`Options "${name}" and "pool" exclude each other`)
  const url = secret(name, given)
  if (/^postgres(?:ql)?:\/\//i.test(url)) return url
  throw wrongArgument(`Option "${name}" must begin with "postgres://", as ${form}`)
}

function poolOption(name: string, given: unknown): PostgresPool | undefined {
  if (given === undefined) return undefined
  const isPool =
    typeof given === 'object' &&
    given !== null &&
    typeof Reflect.get(given, 'connect') === 'function' &&
    typeof Reflect.get(given, 'options') === 'object'
  if (isPool) return given as PostgresPool
  throw wrongArgument(`Option "${name}" must be a pg.Pool, got ${kindOf(given)}`)
}

function schemaName(name: string, given: unknown): string {
  if (typeof given === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(given)) return given
  throw wrongArgument(
    `Option "${name}" must be a letter or "_", then up to 39 letters, digits and "_", got ${shown(given)}`,
  )
}
