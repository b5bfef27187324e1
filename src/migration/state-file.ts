import { StorageError } from '../base/errors.js'
import { isErrorNamed } from '../base/values.js'
import { LineLog } from '../disk/line-log.js'
import { storageError } from '../engine/failure.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { HistoryEntry, KnownHistory } from '../versions/prompt-history.js'

const FORMAT = 'holdfast-migration'

/** The first line of a run: which stores it is about. */
interface RunLine {
  readonly kind: 'run'
  readonly format: typeof FORMAT
  readonly format_version: 1
  readonly from: string
  readonly to: string
  /** Since when the target knew its history before; null if it always did. */
  readonly known: KnownHistory | null
  readonly at: string
}

/** What the target had of a prompt before the migration changed it. */
export interface PromptBefore {
  readonly versions: readonly string[]
  readonly head: PromptHead | null
  readonly history: readonly HistoryEntry[]
}

interface PromptLine extends PromptBefore {
  readonly kind: 'prompt'
  readonly prompt_id: string
}

/** A transaction that is about to begin: the checksums of what it saves, by version, and of the record that it writes. */
interface ChangeLine {
  readonly kind: 'change'
  readonly prompt_id: string
  readonly versions: Readonly<Record<string, string>>
  readonly record?: string
}

/** The migration is complete: since when the target knows its history from then on. */
interface CompleteLine {
  readonly kind: 'complete'
  readonly known: KnownHistory | null
  readonly at: string
}

/** Everything that the migrations before have added is removed again. */
interface RolledBackLine {
  readonly kind: 'rolled_back'
  readonly at: string
}

type StateLine = RunLine | PromptLine | ChangeLine | CompleteLine | RolledBackLine

/** What the migrations that a file records have done to a prompt, as far as it was not rolled back. */
export interface PromptChanges {
  readonly before: PromptBefore
  /** The checksums of the versions that were to be saved. */
  readonly saved: Map<string, string>
  /** The checksums of the records that were to be written. */
  readonly records: Set<string>
}

/** What a file records. */
export interface RecordedState {
  /** The last run; undefined in an empty file. */
  readonly run: { readonly from: string; readonly to: string } | undefined
  readonly prompts: ReadonlyMap<string, PromptChanges>
  /** Since when the target knew its history before the first run; undefined if there was none. */
  readonly knownBefore: KnownHistory | null | undefined
  /** What the last migration that ended has recorded; undefined if none has. */
  readonly knownAfter: KnownHistory | null | undefined
}

/** Where a migration records what it is about to do, before it does it: a rollback removes just that. */
export interface MigrationState {
  /** Of the runs before. */
  readonly recorded: RecordedState
  append(line: StateLine): Promise<void>
}

/** A state that is not kept: the migration cannot be rolled back. */
export const NO_STATE: MigrationState = {
  recorded: { run: undefined, prompts: new Map(), knownBefore: undefined, knownAfter: undefined },
  append: async () => await Promise.resolve(),
}

/** The state of a migration in a file of lines of JSON. */
export class StateFile implements MigrationState {
  readonly recorded: RecordedState
  readonly #log: LineLog

  /**
   * Opens the file, which is made if it does not exist.
   * @throws StorageError FS-FORMAT-001 for another file, or one of other stores; DiskError
   */
  static async open(path: string, from: string, to: string): Promise<StateFile> {
    const recorded = await readState(path)
    const { run } = recorded
    if (run !== undefined && (run.from !== from || run.to !== to))
      throw new StorageError(
        'FS-FORMAT-001',
        `${path} is the state of a migration from ${run.from} to ${run.to}: name another file for this one`,
        { context: { path, reason: 'other_migration', from: run.from, to: run.to } },
      )
    return new StateFile(await onDisk(path, async () => await LineLog.open(path)), recorded)
  }

  private constructor(log: LineLog, recorded: RecordedState) {
    this.#log = log
    this.recorded = recorded
  }

  async append(line: StateLine): Promise<void> {
    const { path } = this.#log
    await onDisk(path, async () => await this.#log.append(JSON.stringify(line)))
  }

  async close(): Promise<void> {
    await this.#log.close()
  }
}

/** The first line of a run. */
export function runLine(
  { from, to }: { readonly from: string; readonly to: string },
  known: KnownHistory | undefined,
  at: string,
): RunLine {
  return { kind: 'run', format: FORMAT, format_version: 1, from, to, known: known ?? null, at }
}

/** @throws StorageError FS-FORMAT-001 for the file of another program */
export async function readState(path: string): Promise<RecordedState> {
  const text = await onDisk(path, async () => await LineLog.read(path))
  const lines = text.map((line) => parsed(line))
  const [first] = lines
  if (lines.length > 0 && (first?.kind !== 'run' || first.format !== FORMAT))
    throw new StorageError(
      'FS-FORMAT-001',
      `${path} is not the state of a migration; it was not changed`,
      { context: { path, reason: 'foreign' } },
    )
  return recordedIn(lines)
}

function recordedIn(lines: readonly (StateLine | undefined)[]): RecordedState {
  const prompts = new Map<string, PromptChanges>()
  let run: RunLine | undefined
  let [knownBefore, knownAfter]: (KnownHistory | null | undefined)[] = []
  for (const line of lines) {
    if (line?.kind === 'prompt' || line?.kind === 'change') take(prompts, line)
    else if (line?.kind === 'complete') knownAfter = line.known
    else if (line?.kind === 'run') {
      run = line
      knownBefore = knownBefore === undefined ? line.known : knownBefore
    } else if (line?.kind === 'rolled_back') {
      prompts.clear()
      knownBefore = undefined
      knownAfter = undefined
    }
  }
  return { run, prompts, knownBefore, knownAfter }
}

async function onDisk<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-IO-001',
      what: `Cannot use the state file ${path}`,
      context: { path },
    })
  }
}

function take(prompts: Map<string, PromptChanges>, line: PromptLine | ChangeLine): void {
  const known = prompts.get(line.prompt_id)
  if (line.kind === 'prompt') {
    const { versions, head, history } = line
    const before = { versions, head, history }
    if (known === undefined)
      prompts.set(line.prompt_id, { before, saved: new Map(), records: new Set() })
    return
  }
  for (const [version, digest] of Object.entries(line.versions)) known?.saved.set(version, digest)
  if (line.record !== undefined) known?.records.add(line.record)
}

/** Undefined for a line that a crash has cut off: what it announces was not begun. */
function parsed(line: string): StateLine | undefined {
  try {
    return JSON.parse(line) as StateLine
  } catch (error) {
    if (isErrorNamed(error, 'SyntaxError')) return undefined
    throw error
  }
}
