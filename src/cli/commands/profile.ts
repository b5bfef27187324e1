import { randomBytes, randomInt } from 'node:crypto'
import type { Command } from 'commander'
import { subscribe } from '../../base/channels.js'
import { documentTime, monotonicMs } from '../../base/clock.js'
import { mapLimited } from '../../base/map-limited.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { CliError } from '../errors.js'
import { parseInteger } from '../global-options.js'
import { openStore, type Store } from '../open-store.js'
import { percentilesOf, type Percentiles } from '../percentiles.js'
import type { Session } from '../session.js'

/** What the versions are stored under. */
const PROMPT_ID = 'holdfast-profile'
const WRITES = 200
const WRITES_MAX = 100_000
const TEXT_BYTES = 2000
const TEXT_BYTES_MAX = 50_000
const CONCURRENCY_MAX = 256
/** The most that `deleteVersions` takes at once. */
const DELETED_AT_ONCE = 1000

const EXAMPLES = `
Works on a store of any kind. The versions are those of a prompt of its own, and
are deleted at the end, also after Ctrl-C. In a store of files, a save has two
phases: "prepare" checks, encodes and waits for its turn; "commit" writes the
journal, flushes it and publishes the files, for all saves of a batch at once.

Examples:
  $ holdfast profile --dir prompts
  $ holdfast profile --dir prompts --writes 2000 --concurrency 16 --json`

interface ProfileOptions {
  readonly writes: number
  readonly concurrency: number
  readonly bytes: number
}

export function addProfileCommand(program: Command, session: Session): void {
  program
    .command('profile')
    .description(
      'measure saves, reads and deletions in a store, by phase, with versions of its own',
    )
    .option('--writes <n>', 'how many versions to save', parseInteger, WRITES)
    .option('--concurrency <n>', 'how many to save at the same time', parseInteger, 1)
    .option('--bytes <n>', 'how long their texts are', parseInteger, TEXT_BYTES)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ProfileOptions) => {
      checkRange('--writes', options.writes, WRITES_MAX)
      checkRange('--concurrency', options.concurrency, CONCURRENCY_MAX)
      checkRange('--bytes', options.bytes, TEXT_BYTES_MAX)
      await profile(session, options)
    })
}

function checkRange(flag: string, value: number, max: number): void {
  if (value < 1 || value > max)
    throw new CliError('CLI-USAGE-001', `${flag} must be from 1 to ${max}, got ${value}`)
}

/** Not within `withStore`: what was saved is deleted after an interruption, too. */
async function profile(session: Session, options: ProfileOptions): Promise<void> {
  const { signal } = session.environment
  const store = await openStore(session.environment, session.options, {})
  try {
    const made: string[] = []
    const phases = new Map<string, number[]>()
    const startedMs = monotonicMs()
    let elapsedMs = 0
    try {
      await save(store, options, { made, phases, signal })
      elapsedMs = monotonicMs() - startedMs
      await readAll(store, { made, phases, signal })
    } finally {
      await removeAll(store, made, phases)
    }
    signal.throwIfAborted()
    await report(session, options, phases, elapsedMs)
  } finally {
    await store.close()
  }
}

interface Run {
  readonly made: string[]
  readonly phases: Map<string, number[]>
  readonly signal: AbortSignal
}

async function save(store: Store, options: ProfileOptions, run: Run): Promise<void> {
  const { made, phases, signal } = run
  // A number of its own: another run at the same time has other versions.
  const major = randomInt(1, 1_000_000)
  const numbers = Array.from({ length: options.writes }, (_, at) => `${major}.0.${at}`)
  let commitMs: number | undefined
  const stop = subscribe('commit', ({ durationMs }) => {
    note(phases, 'commit', durationMs)
    commitMs = durationMs
  })
  try {
    await mapLimited(numbers, options.concurrency, async (version) => {
      if (signal.aborted) return
      const document = documentOf(version, options.bytes)
      const startedMs = monotonicMs()
      await store.saveVersion(document)
      made.push(version)
      const savedMs = monotonicMs() - startedMs
      note(phases, 'save', savedMs)
      // Of several saves at once, it is not known which commit was whose.
      if (options.concurrency === 1 && commitMs !== undefined)
        note(phases, 'prepare', Math.max(savedMs - commitMs, 0))
    })
  } finally {
    stop()
  }
}

async function readAll(store: Store, { made, phases, signal }: Run): Promise<void> {
  for (const version of made) {
    if (signal.aborted) return
    await timed(phases, 'read', async () => await store.getVersion(PROMPT_ID, version))
  }
}

async function removeAll(
  store: Store,
  made: readonly string[],
  phases: Map<string, number[]>,
): Promise<void> {
  for (let at = 0; at < made.length; at += DELETED_AT_ONCE) {
    const some = made.slice(at, at + DELETED_AT_ONCE)
    await timed(
      phases,
      `delete ${some.length}`,
      async () => await store.deleteVersions(PROMPT_ID, some),
    )
  }
}

async function timed(
  phases: Map<string, number[]>,
  phase: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const startedMs = monotonicMs()
  await work()
  note(phases, phase, monotonicMs() - startedMs)
}

function note(phases: Map<string, number[]>, phase: string, durationMs: number): void {
  const durations = phases.get(phase)
  if (durations === undefined) phases.set(phase, [durationMs])
  else durations.push(durationMs)
}

function documentOf(version: string, bytes: number): PromptVersion {
  // What can be compressed well would be written faster than texts are.
  const text = randomBytes(Math.ceil(bytes / 2))
    .toString('hex')
    .slice(0, bytes)
  return {
    version,
    prompt_id: PROMPT_ID,
    created_at: documentTime().toISOString(),
    parent_version: null,
    metadata: { author: 'holdfast profile' },
    prompt: {
      id: PROMPT_ID,
      workflow_id: 'holdfast',
      node_id: 'profile',
      node_type: 'llm',
      text,
      role: 'system',
    },
  } as unknown as PromptVersion
}

async function report(
  { output }: Session,
  { writes, concurrency, bytes }: ProfileOptions,
  phases: ReadonlyMap<string, readonly number[]>,
  elapsedMs: number,
): Promise<void> {
  const rows = ['save', 'prepare', 'commit', 'read', ...phases.keys()]
    .filter((phase, at, all) => all.indexOf(phase) === at)
    .flatMap((phase) => {
      const found = percentilesOf(phases.get(phase) ?? [])
      return found === undefined ? [] : [{ phase, ...found }]
    })
  const saves_per_second = Number(((writes * 1000) / elapsedMs).toFixed(1))
  if (output.json)
    return await output.document({ writes, concurrency, bytes, saves_per_second, phases: rows })
  await output.table(
    [
      { title: 'Phase' },
      ...['Count', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'].map((title) => ({
        title,
        align: 'right' as const,
      })),
    ],
    rows.map(cellsOf),
  )
  await output.talk(`${saves_per_second} saves per second; all of them are deleted again`)
}

function cellsOf(row: Percentiles & { readonly phase: string }): readonly string[] {
  const { phase, count, p50_ms: p50, p90_ms: p90, p99_ms: p99, max_ms: max } = row
  return [phase, String(count), ...[p50, p90, p99, max].map((ms) => ms.toFixed(2))]
}
