import { wrongArgument } from '../base/misuse.js'

/** What is used of the package `pg`. Its own types are left out of this package's: it is an optional peer. */
export interface PgQuery {
  readonly text: string
  readonly values?: readonly unknown[]
  /** Prepared once a connection under this name. */
  readonly name?: string
  /** How long the client waits for the answer, in ms. */
  readonly query_timeout?: number
}

export interface PgRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export interface PgClient {
  query(query: PgQuery): Promise<PgRows>
  on(event: 'error' | 'end' | 'notification', listener: (given: never) => void): unknown
  removeListener(event: 'error', listener: (given: never) => void): unknown
}

export interface PgPoolClient extends PgClient {
  /** @param broken whether the connection is closed instead of kept */
  release(broken?: boolean): void
}

/** A `pg.Pool`, or what has the same methods. */
export interface PostgresPool {
  connect(done: (error: Error | undefined, client: PgPoolClient | undefined) => void): void
  readonly options: object
}

/** A pool that this package has made. */
export interface OwnPool extends PostgresPool {
  query(query: PgQuery): Promise<PgRows>
  on(event: 'error', listener: (error: Error) => void): unknown
  end(): Promise<void>
}

/** A connection of its own, outside every pool. */
export interface PgSoloClient extends PgClient {
  connect(): Promise<unknown>
  end(): Promise<void>
  ref(): void
  unref(): void
  readonly processID: number | null
  readonly host: string
  readonly port: number
  readonly user?: string | undefined
  readonly database?: string | undefined
}

type Settings = Readonly<Record<string, unknown>>

export interface Driver {
  readonly Pool: new (settings: Settings) => OwnPool
  readonly Client: new (settings: Settings) => PgSoloClient
}

/** @throws TypeError when the package is not installed */
export async function importDriver(): Promise<Driver> {
  try {
    const { default: pg } = await import('pg')
    return pg as unknown as Driver
  } catch (cause) {
    throw wrongArgument('PostgreSQL needs a package that is not installed: npm install pg', {
      cause,
    })
  }
}
