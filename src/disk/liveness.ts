import { pid } from 'node:process'
import { monotonicMs, sleep } from '../base/clock.js'
import { shellWord } from '../base/shell-word.js'
import { SIGNS_DIRECTORY } from '../format/layout.js'
import { DiskError } from './disk-error.js'
import type { DirectoryEntry } from './disk.js'
import {
  bootId,
  isThreadRunning,
  judgeByNumber,
  parseRecord,
  RECORD_BYTES_MAX,
  type Life,
  type OwnerRecord,
} from './process-start.js'
import {
  askSign,
  bootTag,
  parseSignName,
  signPath,
  type Sign,
  type SignKind,
  type SignPlace,
} from './sign-of-life.js'

/** A process that only tries to become the owner withdraws its sign within this time. */
const TRYING_MS = 2000
const LOOK_AGAIN_MS = 20

/**
 * Whether the process of a record still runs. Its sign of life decides. Without a sign, the number of the process does,
 * if it can be judged from here; a process that cannot be judged is `unknown`, and counts as alive.
 */
export async function judgeRecord(
  place: Pick<SignPlace, 'directory' | 'isRemote'>,
  record: OwnerRecord,
): Promise<Life> {
  const hasSign = parseSignName(record.sign) !== undefined
  const said = hasSign ? await askSign(place, record.sign) : 'absent'
  if (said === 'answers') return 'alive'
  if (said === 'unknown') return 'unknown'
  const boot = await bootId()
  const isKnown = record.boot_id !== '' && boot !== ''
  // Another machine's processes do not end with a boot of this one.
  if (isKnown && record.boot_id !== boot) return place.isRemote ? 'unknown' : 'dead'
  if (place.isRemote && record.boot_id !== boot) return 'unknown'
  if (said === 'silent') return (await isThreadRunning(record)) ? 'alive' : 'dead'
  return record.boot_id === boot ? await judgeByNumber(record) : 'unknown'
}

/** Whether the process that left an entry in the directory of signs still runs. The entry is a socket, or a record. */
export async function judgeEntry(place: SignPlace, { name, kind }: DirectoryEntry): Promise<Life> {
  return kind === 'file' ? await judgeRecordFile(place, name) : await judgeSocket(place, name)
}

async function judgeRecordFile(place: SignPlace, name: string): Promise<Life> {
  const bytes = await place.readStart(signPath(name), RECORD_BYTES_MAX)
  const record = bytes && parseRecord(Buffer.from(bytes).toString())
  return record === undefined ? 'dead' : await judgeRecord(place, record)
}

async function judgeSocket(place: SignPlace, name: string): Promise<Life> {
  const said = await askSign(place, name)
  if (said === 'answers') return 'alive'
  if (said === 'absent') return 'dead'
  const isElsewhere = place.isRemote && parseSignName(name)?.bootTag !== bootTag(await bootId())
  return said === 'unknown' || isElsewhere ? 'unknown' : 'dead'
}

/** The signs that processes left through disks of that kind, whether they still run or not. */
export async function listSigns(
  place: SignPlace,
  wanted: SignKind,
): Promise<readonly DirectoryEntry[]> {
  const entries = (await place.list(SIGNS_DIRECTORY)) ?? []
  return entries.filter(({ name, kind }) => {
    return kind !== 'directory' && parseSignName(name.replace(/\.new$/, ''))?.kind === wanted
  })
}

/**
 * Which of these names are signs of processes that have ended. A process removes its sign when it leaves the store, and
 * others remove those of the dead: a missing sign has ended, too, unless another machine may still show it.
 */
export async function endedSigns(
  place: SignPlace,
  names: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const entries = new Map((await place.list(SIGNS_DIRECTORY))?.map((entry) => [entry.name, entry]))
  const ended = new Set<string>()
  for (const name of new Set(names)) {
    const parsed = parseSignName(name)
    if (parsed === undefined) continue
    const entry = entries.get(name)
    const isElsewhere = place.isRemote && parsed.bootTag !== bootTag(await bootId())
    if (entry === undefined ? !isElsewhere : (await judgeEntry(place, entry)) === 'dead')
      ended.add(name)
  }
  return ended
}

/**
 * Removes the signs of processes that have ended; returns how many answer. The next owner removes the sign of an owner:
 * an owner file whose sign is missing cannot be judged from another container.
 */
export async function sweepSigns(
  place: SignPlace,
  signs: readonly DirectoryEntry[],
): Promise<number> {
  let living = 0
  for (const sign of signs) {
    const life = await judgeEntry(place, sign)
    if (life === 'alive') living++
    if (life === 'dead') await place.remove(signPath(sign.name))
  }
  return living
}

/**
 * The number of a process that has the store open through the portable disk though the owner file does not name it:
 * another program has removed or replaced that file. Its sign of life answers.
 *
 * @param own the sign of the process that asks
 */
export async function strandedOwner(place: SignPlace, own?: Sign): Promise<number | undefined> {
  const deadline = monotonicMs() + TRYING_MS
  let signs = (await listSigns(place, 'portable')).filter(({ name }) => name !== own?.name)
  for (;;) {
    const living = []
    for (const sign of signs) if ((await judgeEntry(place, sign)) === 'alive') living.push(sign)
    const [first] = living
    if (first === undefined) return undefined
    if (monotonicMs() > deadline) return parseSignName(first.name.replace(/\.new$/, ''))?.pid
    signs = living
    await sleep(LOOK_AGAIN_MS)
  }
}

/** What to do about a process that cannot be judged from here. */
export function takeOverCommand({ directory }: SignPlace): string {
  return `take the store over with \`holdfast doctor --take-over --dir ${shellWord(directory)}\``
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
