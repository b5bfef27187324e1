import { readFile, readdir } from 'node:fs/promises'
import { kill, pid } from 'node:process'
import { threadId } from 'node:worker_threads'
import { errorCode } from './portable-error.js'

/** What the owner file holds. The start time tells a process from a later one of the same number. */
export interface OwnerRecord {
  readonly pid: number
  /** Start of the process in clock ticks since boot; '' where there is no /proc. */
  readonly started: string
  /** '' where the system has none. */
  readonly boot_id: string
  readonly thread: number
}

/** `undefined` for damage: the file is made whole, so only a power loss takes its bytes, and its owner with them. */
export function parseRecord(text: string): OwnerRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isRecord(value) ? value : undefined
}

function isRecord(value: unknown): value is OwnerRecord {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value && 'started' in value && 'boot_id' in value)) return false
  const known = Number.isSafeInteger(value.pid) && Number(value.pid) > 0
  return known && typeof value.started === 'string' && typeof value.boot_id === 'string'
}

export async function ownRecord(): Promise<OwnerRecord> {
  const started = (await startTime(pid)) ?? ''
  return { pid, started, boot_id: await bootId(), thread: threadId }
}

/** Whether the process of a record still runs. One of another PID namespace counts as gone. */
export async function isAlive(record: OwnerRecord): Promise<boolean> {
  if (record.boot_id !== (await bootId())) return false
  if (!isRunning(record.pid)) return false
  const started = await startTime(record.pid)
  // Without a start time to compare, a number that is in use has to count as alive.
  return started === undefined
    ? !(await hasProc())
    : record.started === '' || started === record.started
}

function isRunning(process: number): boolean {
  try {
    return kill(process, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    return errorCode(error) !== 'ESRCH'
  }
}

/** Field 22 of /proc/<pid>/stat. `undefined`: no such process, or a dead one whose parent has not asked for it yet. */
async function startTime(process: number): Promise<string | undefined> {
  const text = await readProc(`/proc/${process}/stat`)
  if (text === undefined) return undefined
  // The name in field 2 may hold spaces and brackets; what follows the last bracket does not.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' && (await threadCount(process)) <= 1) return undefined
  return fields[18]
}

// A killed process with a thread stuck in the kernel looks dead and still writes.
async function threadCount(process: number): Promise<number> {
  try {
    return (await readdir(`/proc/${process}/task`)).length
  } catch {
    return 0
  }
}

async function hasProc(): Promise<boolean> {
  return (await readProc('/proc/self/stat')) !== undefined
}

async function bootId(): Promise<string> {
  return (await readProc('/proc/sys/kernel/random/boot_id'))?.trim() ?? ''
}

// Not there, or not ours to read: both mean that the system does not tell.
async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
