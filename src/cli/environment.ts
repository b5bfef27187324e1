import type { ReadStream, WriteStream } from 'node:tty'

/** What the command gets from its process. Only main.ts touches `process`; all other code gets this. */
export interface Environment {
  /** The arguments after the program's name. */
  readonly argv: readonly string[]
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  /** Aborted with an Interruption when the process is asked to end. */
  readonly signal: AbortSignal
}
