import { readdir } from 'node:fs/promises'
import { kill, pid, platform } from 'node:process'
import { threadId } from 'node:worker_threads'
import { errorCode } from './node-error.js'
import { followProc, followProcHere, readProc } from './proc.js'

/**
 * What a process says about itself in the owner file, and in the record that replaces its sign of life where no socket
 * can be made. What the system does not say is an empty string.
 */
export interface OwnerRecord {
  readonly pid: number
  /** Start of the process in clock ticks since boot: it tells a process from a later one of the same number. */
  readonly started: string
  readonly boot_id: string
  /** The namespace in which `pid` is a number, such as 'pid:[4026531836]'. */
  readonly pid_namespace: string
  /** The number of the thread within its process, and its number in the system. */
  readonly thread: number
  readonly task: string
  /** The name of its sign of life. */
  readonly sign: string
}

/** `undefined` for damage: the file is made whole, so only loss of power takes its bytes, and its owner with them. */
export function parseRecord(text: string): OwnerRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { pid: process, started, boot_id } = value as Partial<OwnerRecord>
  const isKnown = Number.isSafeInteger(process) && Number(process) > 0
  if (!isKnown || typeof started !== 'string' || typeof boot_id !== 'string') return undefined
  // Earlier versions wrote no more than this.
  const { pid_namespace = '', thread = 0, task = '', sign = '' } = value as Partial<OwnerRecord>
  return { pid: Number(process), started, boot_id, pid_namespace, thread, task, sign }
}

export async function ownRecord(sign: string): Promise<OwnerRecord> {
  const started = (await startTime(`/proc/${pid}`)) ?? ''
  const [boot_id, pid_namespace] = await Promise.all([bootId(), pidNamespace()])
  return { pid, started, boot_id, pid_namespace, thread: threadId, task: ownTask(), sign }
}

/** A record takes about 300 bytes. */
export const RECORD_BYTES_MAX = 4096

export type Life = 'alive' | 'dead' | 'unknown'

/** Whether the process of a record runs, as far as its number shows: within its own PID namespace, on the same boot. */
export async function judgeByNumber(record: OwnerRecord): Promise<Life> {
  // Other systems have no PID namespaces.
  if (platform === 'linux' && !(await isSameNamespace(record))) return 'unknown'
  if (!isRunning(record.pid)) return 'dead'
  const started = await startTime(`/proc/${record.pid}`)
  // Without a start time to compare, a number that is in use has to count as alive.
  if (started === undefined) return (await hasProc()) ? 'dead' : 'alive'
  return record.started === '' || started === record.started ? 'alive' : 'dead'
}

/**
 * Whether the thread of a record still exists, where that is visible. A worker thread that is being terminated stops
 * listening before its calls to the disk return.
 */
export async function isThreadRunning(record: OwnerRecord): Promise<boolean> {
  if (!/^\d+$/.test(record.task) || !(await isSameNamespace(record))) return false
  const started = await startTime(`/proc/${record.pid}`)
  if (started === undefined || started !== record.started) return false
  return (await startTime(`/proc/${record.pid}/task/${record.task}`)) !== undefined
}

async function isSameNamespace(record: OwnerRecord): Promise<boolean> {
  if (record.pid_namespace === '' || record.boot_id !== (await bootId())) return false
  return record.pid_namespace === (await pidNamespace())
}

function isRunning(process: number): boolean {
  try {
    return kill(process, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    return errorCode(error) !== 'ESRCH'
  }
}

/** Field 22 of a stat file. `undefined`: no such process, or a dead one whose parent has not waited for it yet. */
async function startTime(directory: string): Promise<string | undefined> {
  const text = await readProc(`${directory}/stat`)
  if (text === undefined) return undefined
  // The name in field 2 may hold spaces and brackets; what follows the last bracket does not.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (state === 'X' || (state === 'Z' && (await threadCount(directory)) <= 1)) return undefined
  return fields[18]
}

// A killed process with a thread stuck in the kernel looks dead and still writes.
async function threadCount(directory: string): Promise<number> {
  try {
    return (await readdir(`${directory}/task`)).length
  } catch {
    return 0
  }
}

async function hasProc(): Promise<boolean> {
  return (await readProc('/proc/self/stat')) !== undefined
}

let boot: Promise<string> | undefined
let namespace: Promise<string> | undefined

/** The id of this boot; '' if the system has none. Read once: a process does not outlive its boot. */
export function bootId(): Promise<string> {
  boot ??= readProc('/proc/sys/kernel/random/boot_id').then((text) => text?.trim() ?? '')
  return boot
}

/** Read once: a process stays in its PID namespace. */
function pidNamespace(): Promise<string> {
  namespace ??= followProc('/proc/self/ns/pid')
  return namespace
}

function ownTask(): string {
  return /\/task\/(\d+)$/.exec(followProcHere('/proc/thread-self'))?.[1] ?? ''
}
