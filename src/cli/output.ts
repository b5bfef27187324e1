import type { Writable } from 'node:stream'
import { TextDecoder } from 'node:util'
import pico from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import { Presets, SingleBar } from 'cli-progress'
import { isError } from '../base/values.js'
import { DiskError } from '../disk/disk-error.js'
import { storageError } from '../engine/failure.js'
import type { Environment } from './environment.js'
import { describeError } from './errors.js'
import { printable, printableContent, printableJson, printableLines } from './printable.js'
import { renderTable, wrapWords, type Column } from './table.js'

interface OutputOptions {
  /** Exactly one JSON document on standard output. */
  readonly json: boolean
  /** Nothing on standard error but errors. */
  readonly quiet: boolean
  /** False for `--no-color`. */
  readonly color: boolean
}

/** The width of tables, except on a wider terminal. */
const DEFAULT_WIDTH = 80

/** Data goes to standard output, messages to standard error. */
export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly colors: Colors
  readonly #environment: Environment
  readonly #talkColors: Colors

  constructor(environment: Environment, options: OutputOptions) {
    this.json = options.json
    this.quiet = options.quiet
    this.colors = pico.createColors(wantsColor(environment, options, environment.stdout.isTTY))
    this.#talkColors = pico.createColors(wantsColor(environment, options, environment.stderr.isTTY))
    this.#environment = environment
  }

  /** Writes data of Holdfast as it is: the names in it are escaped already. */
  async data(content: string | Uint8Array): Promise<void> {
    await write(this.#environment.stdout, content)
  }

  /**
   * Writes stored content: as it is, but on a terminal with escapes for characters that would control it, and with a
   * line end. Bytes that are not UTF-8 are shown as replacement characters there.
   */
  async content(parts: Iterable<string | Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    if (!this.#environment.stdout.isTTY) {
      for await (const part of parts) await this.data(part)
      return
    }
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    let last = '\n'
    const show = async (text: string): Promise<void> => {
      if (text === '') return
      last = text.at(-1) ?? last
      await this.data(printableContent(text))
    }
    for await (const part of parts)
      await show(typeof part === 'string' ? part : decoder.decode(part, { stream: true }))
    await show(decoder.decode())
    if (last !== '\n') await this.data('\n')
  }

  /** Writes one JSON document, in which every character that would control a terminal is a JSON escape. */
  async document(value: unknown): Promise<void> {
    await this.data(`${printableJson(value)}\n`)
  }

  /** Writes each value as JSON on its own line. */
  async lines(values: readonly unknown[]): Promise<void> {
    await this.data(values.map((value) => `${printableJson(value, 0)}\n`).join(''))
  }

  /** Writes a line with names in it. */
  async line(text: string): Promise<void> {
    await this.data(`${printable(text)}\n`)
  }

  /** Writes a sentence with names in it on lines that fit the width. */
  async paragraph(text: string): Promise<void> {
    await this.data(`${wrapWords(printable(text), this.width).join('\n')}\n`)
  }

  /** How many columns a text may have: 80, or those of a wider terminal. */
  get width(): number {
    return Math.max(this.#environment.stdout.columns ?? DEFAULT_WIDTH, DEFAULT_WIDTH)
  }

  async table(
    columns: readonly Column[],
    rows: readonly (readonly (string | number)[])[],
  ): Promise<void> {
    const { width, colors } = this
    await this.data(`${renderTable(columns, rows, { width, colors })}\n`)
  }

  /** Writes a message for the person at the terminal, unless `--quiet` is given. */
  async talk(message: string): Promise<void> {
    if (!this.quiet) await write(this.#environment.stderr, `${printable(message)}\n`)
  }

  /** As `talk`, on lines that fit the width. */
  async say(message: string): Promise<void> {
    if (this.quiet) return
    const lines = wrapWords(printable(message), this.width)
    await write(this.#environment.stderr, `${lines.join('\n')}\n`)
  }

  /** As `talk`, with a command for each line: they are not wrapped, since they are there to be pasted. */
  async next(title: string, commands: readonly string[]): Promise<void> {
    const lines = [`${title}:`, ...commands.map((command) => `  ${command}`)].map(printable)
    if (!this.quiet) await write(this.#environment.stderr, `${lines.join('\n')}\n`)
  }

  /** Like `talk`, for warnings. */
  async warn(message: string): Promise<void> {
    if (this.quiet) return
    await this.#labelled(this.#talkColors.yellow, 'warning', message)
  }

  /** A terminal shows whole words; in a log or a pipe, a message is one line, which can be searched. */
  async #labelled(paint: (text: string) => string, label: string, message: string): Promise<void> {
    const { stderr } = this.#environment
    const line = `${label} ${printable(message)}`
    const lines = stderr.isTTY ? wrapWords(line, stderr.columns ?? DEFAULT_WIDTH) : [line]
    await write(stderr, `${lines.join('\n').replace(label, paint)}\n`)
  }

  /** Writes lines about what failed, also with `--quiet`; their names and contents are escaped already. */
  async problem(lines: string): Promise<void> {
    await write(this.#environment.stderr, lines)
  }

  /** Writes a failure: a JSON document on standard output with `--json`, else a line on standard error. */
  async error(error: unknown): Promise<void> {
    const report = describeError(error)
    if (this.json) return await this.document({ error: report })
    await this.#labelled(this.#talkColors.red, `error ${report.code}`, report.message)
    const isOurs = report.code !== 'CLI-INTERNAL-001'
    if (!isOurs && isError(error)) {
      await write(this.#environment.stderr, `${printableLines(error.stack ?? '')}\n`)
    }
  }
}

/** The flag decides, then NO_COLOR, then FORCE_COLOR, then whether the output is a terminal. */
function wantsColor(environment: Environment, options: OutputOptions, isTTY: boolean): boolean {
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: terminal } = environment.variables
  if (!options.color || (never !== undefined && never !== '')) return false
  if (always !== undefined && always !== '') return always !== '0' && always !== 'false'
  return isTTY && terminal !== 'dumb'
}

/** Resolves when the stream has accepted the content. A reader that ended (`| head`) is not a failure. */
async function write(stream: Writable, content: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(content, (error) => {
      if (error && !isBrokenPipe(error)) reject(unwritable(error))
      else resolve()
    })
  })
}

/** The reader of the output, or its disk, refuses it: not a defect of Holdfast. */
function unwritable(cause: Error): Error {
  const { code = 'EIO', syscall = 'write' } = cause as NodeJS.ErrnoException
  return storageError(new DiskError(code, syscall, 'standard output', { cause }), {
    fallback: 'FS-IO-001',
    what: 'Cannot write the output',
  })
}

function isBrokenPipe(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED'
}

/** Work with fewer steps ends before a bar could be read. */
const STEPS_MIN = 100

interface Progress {
  readonly update: (done: number, total: number) => void
  readonly stop: () => void
}

/** A bar on standard error, only for long work and only on a terminal. */
export function createProgress(environment: Pick<Environment, 'stderr'>, quiet: boolean): Progress {
  let bar: SingleBar | undefined
  const isWatched = environment.stderr.isTTY && !quiet
  return {
    update(done, total) {
      if (!isWatched || total <= STEPS_MIN) return
      if (bar === undefined) {
        bar = new SingleBar(
          {
            stream: environment.stderr,
            format: '{bar} {percentage}% {value}/{total} {eta_formatted}',
            clearOnComplete: true,
          },
          Presets.shades_classic,
        )
        bar.start(total, done)
      }
      bar.update(done)
    },
    stop() {
      bar?.stop()
    },
  }
}

/**
 * Shows an object of any depth as a table of names and values: the library decides what it holds, and a new fact is
 * shown without a change here.
 */
export async function showFacts(output: Output, facts: object): Promise<void> {
  await output.table([{ title: 'Fact' }, { title: 'Value' }], flatten(facts, ''))
}

function flatten(value: object, prefix: string): readonly (readonly string[])[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const name = key.startsWith(prefix) ? words(key) : `${words(prefix)} ${words(key)}`
    if (inner === undefined) return []
    if (inner === null) return [[name, 'none']]
    if (Array.isArray(inner)) return listRows(name, inner)
    if (typeof inner === 'object') return flatten(inner, key)
    return [[name, shown(inner)]]
  })
}

function listRows(name: string, list: readonly unknown[]): readonly (readonly string[])[] {
  if (list.length === 0) return [[name, 'none']]
  return list.map((item) => [name, typeof item === 'object' ? JSON.stringify(item) : shown(item)])
}

function shown(value: unknown): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  return typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toFixed(3)))
    : String(value)
}

/** `cacheStats` and `cache_stats` become "cache stats". */
function words(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}

/**
 * A report of Holdfast with every key in snake_case, as in the stored documents: some of its parts are objects of the
 * library, whose keys are camelCase. Not for documents of users, whose keys must not change.
 */
export function snakeCased(report: unknown): unknown {
  if (Array.isArray(report)) return report.map(snakeCased)
  if (typeof report !== 'object' || report === null) return report
  return Object.fromEntries(
    Object.entries(report).map(([key, value]) => [snakeCase(key), snakeCased(value)]),
  )
}

function snakeCase(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
