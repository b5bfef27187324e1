import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LANES } from './plan.js'

/** What one save costs the kernel, on average. */
export interface SyscallCount {
  readonly lanes: number
  readonly flushes: number
  readonly calls: number
  /** The most frequent calls, with how often each save made them. */
  readonly most: readonly (readonly [name: string, count: number])[]
}

const CHILD = fileURLToPath(new URL('count-child.js', import.meta.url))
/** Few enough that no spare journal segment is made on the way. */
const SAVES: Readonly<Record<number, readonly [less: number, more: number]>> = {
  1: [20, 120],
  [LANES]: [LANES, LANES * 11],
}
const FLUSHES = ['fsync', 'fdatasync', 'syncfs', 'sync_file_range', 'msync']
const MOST = 8
const TRACER = 'strace'

/** Counts by strace. Empty where there is none or it may not trace; `tell` learns why. */
export function countSyscalls(root: string, tell: (reason: string) => void): SyscallCount[] {
  try {
    return Object.entries(SAVES).map(([lanes, [less, more]]) => {
      const fewer = trace(root, lanes, less)
      return difference(Number(lanes), fewer, trace(root, lanes, more), more - less)
    })
  } catch (error) {
    if (!(error instanceof TracerError)) throw error
    tell(`System calls were not counted: ${error.message}`)
    return []
  }
}

class TracerError extends Error {}

type Calls = ReadonlyMap<string, number>

/** How often each call was made. @throws TracerError when it cannot be told */
function trace(root: string, lanes: string, saves: number): Calls {
  const directory = mkdtempSync(join(root, 'count-'))
  const report = `${directory}.strace`
  const { error, status, stderr } = spawnSync(
    TRACER,
    [
      '-f',
      '-qq',
      '-c',
      '-U',
      'name,calls',
      '-o',
      report,
      process.execPath,
      CHILD,
      directory,
      lanes,
      String(saves),
    ],
    { encoding: 'utf8' },
  )
  if (error !== undefined) throw new TracerError(error.message, { cause: error })
  if (status !== 0)
    throw new TracerError(`${TRACER} ended with ${String(status)}: ${stderr.trim()}`)
  return parse(readFileSync(report, 'utf8'))
}

/** The lines `name calls` of a summary, without its head, its rule and its sum. */
function parse(summary: string): Calls {
  const lines = [...summary.matchAll(/^(\w+) +(\d+)\s*$/gm)]
  return new Map(
    lines
      .filter(([, name]) => name !== 'total')
      .map(([, name = '', calls = '0']) => [name, Number(calls)]),
  )
}

function difference(lanes: number, fewer: Calls, all: Calls, saves: number): SyscallCount {
  const perSave = [...all].map(
    ([name, calls]) => [name, (calls - (fewer.get(name) ?? 0)) / saves] as const,
  )
  const sum = (names: typeof perSave): number =>
    names.reduce((total, [, count]) => total + count, 0)
  return {
    lanes,
    flushes: sum(perSave.filter(([name]) => FLUSHES.includes(name))),
    calls: sum(perSave),
    most: perSave.toSorted(([, a], [, b]) => b - a).slice(0, MOST),
  }
}
