import type { Connection, Row, Statement, Value } from './driver.js'

/** The statements of a connection, each compiled once. */
export class Statements {
  readonly connection: Connection
  readonly #compiled = new Map<string, Statement>()

  constructor(connection: Connection) {
    this.connection = connection
  }

  run(sql: string, ...values: readonly Value[]): void {
    this.#compile(sql).run(...values)
  }

  get(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#compile(sql).get(...values)
  }

  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#compile(sql).all(...values)
  }

  /** Reads several statements as of one moment. */
  together<Result>(read: () => Result): Result {
    this.#compile('BEGIN').run()
    try {
      return read()
    } finally {
      // Nothing was written, so neither outcome differs.
      rollBack(this.connection)
    }
  }

  #compile(sql: string): Statement {
    const known = this.#compiled.get(sql)
    if (known !== undefined) return known
    const statement = this.connection.prepare(sql)
    this.#compiled.set(sql, statement)
    return statement
  }
}

/** The number that a pragma returns. */
export function pragma(connection: Connection, name: string): number {
  return Number(Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

/** Ends a transaction that failed; SQLite has ended it already after some failures. */
export function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK')
  } catch (error) {
    if (!String(error).includes('no transaction is active')) throw error
  }
}
