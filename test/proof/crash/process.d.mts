/** The parent's side of a spawned program. */
export class Program {
  /** @param onMessage is called with every line */
  constructor(script: string, args: readonly string[], onMessage: (message: never) => void)
  /** Resolves when it has ended and everything it said was taken. */
  readonly ended: Promise<unknown>
  readonly isOver: boolean
  /** How it failed; undefined if it has ended in order. */
  readonly failure: string | undefined
  /** The next message of a type; undefined when the process ends without. */
  message(type: string): Promise<unknown>
  command(line: string): void
  signal(name: NodeJS.Signals): void
}
