import { pid } from 'node:process'
import { DiskError } from './disk-error.js'
import type { SignPlace } from './sign-of-life.js'

export const READ_ONLY_WARNING =
  'The file system is mounted read-only: the store can be read and takes no writes.'

/** What to do about a process that cannot be judged from here. */
export function takeOverCommand({ directory }: SignPlace): string {
  return `take the store over with \`holdfast doctor --take-over --dir ${directory}\``
}

/** Another process, or this one where another part of it has the store open. */
export function processNamed(owner: number): string {
  return owner === pid ? `this process (${pid})` : `process ${owner}`
}

/** A process that cannot be judged may be writing at this moment, so it counts as alive. */
export function refuseToJudge(place: SignPlace, path: string, pid: number): DiskError {
  const detail =
    `process ${pid} had the store open, and this process cannot tell whether it still runs: it belongs to another ` +
    `container or machine, or this system does not say. If it has ended, ${takeOverCommand(place)}`
  return new DiskError('ELOCKTIMEOUT', 'owner', path, { phase: 'owner', detail })
}
