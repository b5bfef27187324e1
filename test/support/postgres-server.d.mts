import type pg from 'pg'

export interface PostgresOptions {
  /** With fsync, as in production. */
  readonly durable?: boolean
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** A server on a socket of its own. `remove()` ends it. */
export declare class PostgresServer {
  private constructor()
  readonly host: string
  readonly socket: string
  readonly pid: number | undefined
  url(database?: string): string
  createDatabase(name: string): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  restart(): Promise<void>
  remove(): Promise<void>
}

export function startPostgres(options?: PostgresOptions): Promise<PostgresServer>

/** Connects, calls, disconnects. */
export function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T>
