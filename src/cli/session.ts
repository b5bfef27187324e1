import type { Environment } from './environment.js'
import { Interruption } from './errors.js'
import type { GlobalOptions } from './global-options.js'
import type { FileStorage } from '../files/file-storage.js'
import type { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import { openFiles, type OpenFilesHow } from './open-files.js'
import { openFileStore, openStore, type OpenHow, type Store } from './open-store.js'
import { Output } from './output.js'

/** How a store is opened, and worked with. */
export interface WorkHow extends OpenHow {
  /**
   * Whether the work ends by itself at an interruption, with the signal's reason. It is waited for then: it has
   * something to give up, such as a lease, before the store is closed. Default false: it is left behind.
   */
  readonly endsItself?: boolean
}

/** One run of the command: its options, its output, its store. */
export class Session {
  readonly environment: Environment
  /** The exit status of a command that did not fail, but has a result such as found damage. */
  exitCode = 0
  #options: GlobalOptions
  #output: Output

  constructor(environment: Environment) {
    this.environment = environment
    this.#options = guessOptions(environment.argv)
    this.#output = createOutput(environment, this.#options)
  }

  get options(): GlobalOptions {
    return this.#options
  }

  get output(): Output {
    return this.#output
  }

  /** Sets the options once they are parsed. */
  configure(options: GlobalOptions): void {
    this.#options = options
    this.#output = createOutput(this.environment, options)
  }

  /** Works with a store that must already be one. */
  async withStore(
    work: (store: Store) => Promise<void>,
    { endsItself = false, ...how }: WorkHow = {},
  ): Promise<void> {
    await this.using(openStore(this.environment, this.#options, how), work, endsItself)
  }

  /**
   * Works with what only a store of files can do; any other one is refused.
   * @param what the capability, as the command is called
   */
  async withFileStore(
    what: string,
    work: (store: FileSystemStorage) => Promise<void>,
    how: OpenHow = {},
  ): Promise<void> {
    await this.using(openFileStore(this.environment, this.#options, what, how), work)
  }

  /** Works with a store, which is made if it is not one yet. */
  async withNewStore(work: (store: Store) => Promise<void>): Promise<void> {
    await this.withStore(work, { create: true })
  }

  /** Works with a store of files; a directory becomes one only when `create` is set. */
  async withFiles(
    work: (files: FileStorage) => Promise<void>,
    how: OpenFilesHow = {},
  ): Promise<void> {
    await this.using(openFiles(this.environment, this.#options, how), work)
  }

  /**
   * Works with a store that is being opened, and closes it.
   * @param endsItself as in `WorkHow`
   */
  async using<Opened extends { close(): Promise<void> }>(
    opening: Promise<Opened>,
    work: (store: Opened) => Promise<void>,
    endsItself = false,
  ): Promise<void> {
    const store = await this.#unlessInterrupted(opening, async (opened) => await opened.close())
    try {
      await (endsItself ? work(store) : this.#unlessInterrupted(work(store)))
    } finally {
      // Waits for the saves under way, also after an interruption: each is completed.
      await store.close()
    }
  }

  /** Returns the promise's result, or rejects at an interruption; `late` then gets the result when it arrives. */
  async #unlessInterrupted<Result>(
    promise: Promise<Result>,
    late?: (result: Result) => Promise<void>,
  ): Promise<Result> {
    const { signal } = this.environment
    let onAbort: () => void = () => undefined
    const interrupted = new Promise<never>((_resolve, reject) => {
      onAbort = () => {
        reject(signal.reason as Error)
      }
    })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      return await Promise.race([promise, interrupted])
    } catch (error) {
      if (error instanceof Interruption) ignoreFailure(promise.then(late))
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}

/** The interruption is reported; a failure of the work that it caused is not. */
function ignoreFailure(promise: Promise<unknown>): void {
  promise.catch(() => undefined)
}

function createOutput(environment: Environment, options: GlobalOptions): Output {
  const { json = false, quiet = false, color } = options
  return new Output(environment, { json, quiet, color })
}

/** Failures of the parsing itself are reported in the requested form, too, so these options are read before it. */
function guessOptions(argv: readonly string[]): GlobalOptions {
  const end = argv.indexOf('--')
  const given = new Set(end === -1 ? argv : argv.slice(0, end))
  return { json: given.has('--json'), color: !given.has('--no-color') }
}

/** Without a file, the command waits for input on the terminal: a person could not know that. */
export async function announceWaiting(session: Session, file: string, what: string): Promise<void> {
  if (file !== '-' || !session.environment.stdin.isTTY) return
  await session.output.talk(`Reading ${what} from standard input; end it with Ctrl-D`)
}
