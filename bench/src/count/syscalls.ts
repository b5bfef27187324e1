import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SubjectName } from '../plan/subjects.js'

/** What one save costs the kernel, on average. */
export interface SyscallCount {
  readonly subject: SubjectName
  readonly lanes: number
  readonly flushes: number
  /** Only Holdfast tells its batches. */
  readonly flushesPerBatch?: number
  readonly calls: number
  /** The most frequent calls, with how often each save made them. */
  readonly most: readonly (readonly [name: string, count: number])[]
}

const CHILD = fileURLToPath(new URL('count-child.js', import.meta.url))
const MANY = 64
/** Few enough that no spare journal segment is made on the way. */
const SAVES: readonly (readonly [lanes: number, less: number, more: number])[] = [
  [1, 20, 320],
  [MANY, MANY, MANY * 21],
]
const FLUSHES = ['fsync', 'fdatasync', 'syncfs', 'sync_file_range', 'msync']
const MOST = 8
const TRACER = 'strace'

/** Counts by strace. Without those that it may not trace or that cannot run; `tell` learns why. */
export function countSyscalls(
  root: string,
  subjects: readonly SubjectName[],
  tell: (reason: string) => void,
): SyscallCount[] {
  return subjects.flatMap((subject) => {
    try {
      return SAVES.map(([lanes, less, more]) => {
        const fewer = trace(root, subject, lanes, less)
        return difference(subject, lanes, fewer, trace(root, subject, lanes, more), more - less)
      })
    } catch (error) {
      if (!(error instanceof TracerError)) throw error
      tell(`System calls of ${subject} were not counted: ${error.message}`)
      return []
    }
  })
}

class TracerError extends Error {}

export interface Traced {
  readonly calls: ReadonlyMap<string, number>
  readonly batches: number
}

/** How often each call was made. @throws TracerError when it cannot be told */
function trace(root: string, subject: SubjectName, lanes: number, saves: number): Traced {
  const directory = mkdtempSync(join(root, 'count-'))
  const report = `${directory}.strace`
  const tracing = ['-f', '-qq', '-c', '-U', 'name,calls', '-o', report]
  const traced = [process.execPath, CHILD, subject, directory, String(lanes), String(saves)]
  const { error, status, stdout, stderr } = spawnSync(TRACER, [...tracing, ...traced], {
    encoding: 'utf8',
  })
  if (error !== undefined) throw new TracerError(error.message, { cause: error })
  if (status !== 0)
    throw new TracerError(`${TRACER} ended with ${String(status)}: ${errorLine(stderr)}`)
  return { calls: parseSummary(readFileSync(report, 'utf8')), batches: Number(stdout) }
}

/** Of what a process said: the line that names its error. */
function errorLine(text: string): string {
  return text.split('\n').find((line) => /Error|error/.test(line)) ?? text.trim()
}

/** The lines `name calls` of a summary, without its head, its rule and its sum. */
export function parseSummary(summary: string): ReadonlyMap<string, number> {
  const lines = [...summary.matchAll(/^(\w+) +(\d+)\s*$/gm)]
  return new Map(
    lines
      .filter(([, name]) => name !== 'total')
      .map(([, name = '', calls = '0']) => [name, Number(calls)]),
  )
}

/** What the longer run did more, for each save. A call that it made less often is noise of Node's own threads. */
export function difference(
  subject: SubjectName,
  lanes: number,
  fewer: Traced,
  all: Traced,
  saves: number,
): SyscallCount {
  const perSave = [...all.calls].map(
    ([name, calls]) => [name, Math.max(0, calls - (fewer.calls.get(name) ?? 0)) / saves] as const,
  )
  const sum = (names: typeof perSave): number =>
    names.reduce((total, [, count]) => total + count, 0)
  const flushes = sum(perSave.filter(([name]) => FLUSHES.includes(name)))
  const batches = all.batches - fewer.batches
  return {
    subject,
    lanes,
    flushes,
    ...(batches > 0 ? { flushesPerBatch: Math.round(flushes * saves) / batches } : {}),
    calls: sum(perSave),
    most: perSave.toSorted(([, a], [, b]) => b - a).slice(0, MOST),
  }
}
