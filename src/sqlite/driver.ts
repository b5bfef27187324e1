import { createRequire } from 'node:module'
import type BetterSqlite from 'better-sqlite3'
import { codeOf } from '../base/values.js'

/** The programs through which SQLite is reached. */
export const DRIVER_NAMES = ['better-sqlite3', 'node'] as const
export type DriverName = (typeof DRIVER_NAMES)[number]

export type Value = string | number | null | Uint8Array
export type Row = Readonly<Record<string, Value>>

/** What is used of a statement, which both drivers have. */
export interface Statement {
  run(...values: readonly Value[]): unknown
  get(...values: readonly Value[]): Row | undefined
  all(...values: readonly Value[]): readonly Row[]
}

/** What is used of a connection, which both drivers have. Every call blocks its thread. */
export interface Connection {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): unknown
}

/** Opens files as connections that never wait for a lock by themselves. */
export interface Driver {
  readonly name: DriverName
  open(file: string, readOnly: boolean): Connection
}

/** The driver of that name, or the first that is there. Undefined if it is not installed, or not part of this Node. */
export async function loadDriver(name: DriverName | undefined): Promise<Driver | undefined> {
  const first = name === 'node' ? undefined : await loadBetterSqlite()
  return first ?? (name === 'better-sqlite3' ? undefined : loadNodeSqlite())
}

async function loadBetterSqlite(): Promise<Driver | undefined> {
  const module = await importBetterSqlite()
  if (module === undefined) return undefined
  const open = (file: string, readonly: boolean): Connection => {
    try {
      return new module.default(file, { readonly, timeout: 0 }) as unknown as Connection
    } catch (cause) {
      // It looks for the directory itself, and throws an error without a code.
      if (!String(cause).includes('directory does not exist')) throw cause
      throw Object.assign(new Error(String(cause), { cause }), { code: 'SQLITE_CANTOPEN' })
    }
  }
  return { name: 'better-sqlite3', open }
}

async function importBetterSqlite(): Promise<{ default: typeof BetterSqlite } | undefined> {
  try {
    return (await import('better-sqlite3')) as unknown as { default: typeof BetterSqlite }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options: { readonly readOnly: boolean }) => Connection
}

function loadNodeSqlite(): Driver | undefined {
  try {
    // It came with Node 22: an import would fail before that, and bundlers do not know it.
    const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as NodeSqlite
    return { name: 'node', open: (file, readOnly) => new DatabaseSync(file, { readOnly }) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const MISSING = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNKNOWN_BUILTIN_MODULE']

function isMissing(error: unknown): boolean {
  return MISSING.includes(codeOf(error) ?? '')
}

/** By the number of the error, which `node:sqlite` gives in place of its name. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'SQLITE_PERM'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [18, 'SQLITE_TOOBIG'],
  [23, 'SQLITE_AUTH'],
  [26, 'SQLITE_NOTADB'],
])

/** The name of an error of SQLite, such as `SQLITE_FULL`, without what follows it; undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  const number: unknown = Reflect.get(Object(error), 'errcode')
  if (typeof number === 'number') return NAMES.get(number % 256) ?? 'SQLITE_ERROR'
  const [primary] = /^SQLITE_[A-Z]+/.exec(codeOf(error) ?? '') ?? []
  return primary
}

/** Whether another connection is in the way: the same call may succeed later. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED' || code === 'SQLITE_PROTOCOL'
}
