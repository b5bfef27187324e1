import { hash } from 'node:crypto'
import { parseStoreUrl } from '../config/store-url.js'
import type { VersionStore } from '../versions/version-store.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'
import { openJsonStore } from './json-store.js'
import { openStore } from './open-store.js'

/** One end of a migration. */
export interface MigrationEnd {
  /** Its URL, without a password. */
  readonly shown: string
  /** @param create whether it may be made */
  open(create: boolean): Promise<OpenedEnd>
}

/** A store that is open. */
export interface OpenedEnd {
  readonly store: VersionStore
  /** Writes what has no place of its own until then: a file of JSON. */
  save(): Promise<void>
  close(): Promise<void>
}

/** Variables of the store that other commands work on: they are not about this one. */
const OTHER_STORE = /^HOLDFAST_(STORE|DIR|STORAGE_BACKEND)/

/**
 * The store that `--from` or `--to` names, else HOLDFAST_FROM or HOLDFAST_TO: a store URL, or `json:FILE`.
 * @throws CliError for none, for a password in the argument, and for a store that is named by the flags of other commands
 */
export function migrationEnd(
  { environment, options }: { readonly environment: Environment; readonly options: GlobalOptions },
  side: 'from' | 'to',
  given: string | undefined,
): MigrationEnd {
  const other = options.store === undefined ? '--dir' : '--store'
  if (options.store !== undefined || options.dir !== undefined)
    throw new CliError(
      'CLI-USAGE-001',
      `migrate does not take ${other}: name its stores by --from and --to`,
    )
  const { variables } = environment
  const name = `HOLDFAST_${side.toUpperCase()}`
  const url = given ?? variables[name]
  if (url === undefined || url === '')
    throw new CliError(
      'CLI-USAGE-001',
      `--${side} is missing: name a store, such as file:DIRECTORY, sqlite:FILE, postgres://… or json:FILE, or set ${name}`,
    )
  if (/^json:/i.test(url)) return jsonEnd(url.slice('json:'.length), side)
  const { hasSecret, scheme, shown } = parseStoreUrl(url)
  if (scheme === 'memory')
    throw new CliError(
      'CLI-USAGE-001',
      `--${side} memory: is empty here: a storage in memory ends with its process. Name json:FILE, where FILE has what exportData returned`,
    )
  if (given !== undefined && hasSecret)
    throw new CliError(
      'CLI-USAGE-001',
      `--${side} ${shown} contains a password, which other users of the machine can see: leave it out, and set ${name}_PASSWORD or ${name}_PASSWORD_FILE; or put the whole URL into ${name}`,
    )
  const own = {
    ...environment,
    variables: { ...ownVariables(variables, name), HOLDFAST_STORE: url },
  }
  return {
    shown,
    open: async (create) => {
      const store = await openStore(own, optionsOf(options, side), { create })
      return {
        store,
        save: async () => await Promise.resolve(),
        close: async () => await store.close(),
      }
    },
  }
}

function jsonEnd(file: string, side: 'from' | 'to'): MigrationEnd {
  if (file === '') throw new CliError('CLI-USAGE-001', `--${side} json: must name a file`)
  return {
    shown: `json:${file}`,
    open: async (create) => {
      const { storage, save } = await openJsonStore(file, create)
      return { store: storage, save, close: async () => await storage.close() }
    },
  }
}

/** HOLDFAST_FROM_PASSWORD is what HOLDFAST_STORE_PASSWORD is to other commands. */
function ownVariables(variables: Environment['variables'], name: string): Environment['variables'] {
  const others = Object.entries(variables).filter(([key]) => !OTHER_STORE.test(key))
  const secrets = ['_PASSWORD', '_PASSWORD_FILE'].flatMap((end) => {
    const value = variables[name + end]
    return value === undefined ? [] : [[`HOLDFAST_STORE${end}`, value] as const]
  })
  return Object.fromEntries([...others, ...secrets])
}

/** How a store is made concerns the target alone, and the source is the one that may be opened for reading. */
function optionsOf(options: GlobalOptions, side: 'from' | 'to'): GlobalOptions {
  const { dir: _dir, store: _store, readOnly, ...shared } = options
  if (side === 'to') return shared
  const { adopt: _adopt, group: _group, shardDepth: _shardDepth, trash: _trash, ...source } = shared
  return readOnly === undefined ? source : { ...source, readOnly }
}

/** The state file of a migration between two stores that none was named for. */
export function stateFileOf(from: string, to: string): string {
  return `holdfast-migration-${hash('sha256', `${from}\n${to}`).slice(0, 12)}.jsonl`
}
