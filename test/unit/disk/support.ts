import { spawn } from 'node:child_process'
import type { DiskChoice } from '../../../src/disk/choose-disk.js'
import type {
  Committer,
  CommitReply,
  CommitRequest,
  Disk,
  Volume,
  VolumeOptions,
} from '../../../src/disk/disk.js'
import { DiskError } from '../../../src/disk/disk-error.js'
import { crc32c } from '../../../src/format/crc32c.js'
import {
  BLOCK_BYTES,
  decodeFrame,
  encodeSegmentHeader,
  type Frame,
} from '../../../src/format/frame.js'
import {
  JOURNAL_DIRECTORY,
  LOCK_FILE,
  PAGE_FILE,
  segmentPath,
  sparePath,
  TEMPORARY_DIRECTORY,
} from '../../../src/format/layout.js'
import {
  PAGE_MAGIC,
  PageState,
  type JournalPosition,
  type SharedPage,
} from '../../../src/format/page.js'
import { encodeRecord, OperationKind, type RecordOperation } from '../../../src/format/record.js'
import { it, onTestFinished } from 'vitest'

export const VOLUME_OPTIONS: VolumeOptions = {
  ioTimeoutMs: 30_000,
  fileMode: 0o600,
  directoryMode: 0o700,
  create: true,
}

export const SALT = 0x1122334455667788n
export const SEGMENT_BYTES = 64 * 1024
const NOTHING = new Uint8Array(0)

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const readable = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes)

/** For tests that look at a volume's files by other means than the disk: the simulated disk has none. */
export const besideVolume = (makeDisk: () => Disk): ReturnType<typeof it.skipIf> =>
  it.skipIf(makeDisk().kind === 'simulated')

/** A volume that is closed when the test ends. */
export async function openVolume(
  disk: Disk,
  directory: string,
  options: Partial<VolumeOptions> = {},
): Promise<Volume> {
  const volume = await disk.openVolume(directory, { ...VOLUME_OPTIONS, ...options })
  onTestFinished(async () => await volume.close())
  return volume
}

/** A volume with a journal of one segment, set up as the engine does it. */
export async function openJournal(
  disk: Disk,
  directory: string,
  options: { readonly segmentBytes?: number } & Partial<VolumeOptions> = {},
): Promise<{ volume: Volume; committer: Committer }> {
  const { segmentBytes = SEGMENT_BYTES, ...volumeOptions } = options
  const volume = await openVolume(disk, directory, volumeOptions)
  await volume.makeDirectory(JOURNAL_DIRECTORY)
  await volume.makeDirectory(TEMPORARY_DIRECTORY)
  const committer = await volume.openCommitter({ lockPath: LOCK_FILE, pagePath: PAGE_FILE })
  await beginSegment(volume, committer, 1, segmentBytes)
  return { volume, committer }
}

/** Starts segment `sequence` right after what is published. */
export async function beginSegment(
  volume: Volume,
  committer: Committer,
  sequence: number,
  segmentBytes: number = SEGMENT_BYTES,
): Promise<void> {
  const { page } = committer
  const published = page.getU64('published')
  const header = {
    sequence,
    salt: SALT,
    firstLsn: published + 1,
    checkpointLsn: 0,
    durableThrough: published,
    timeMs: 1,
  }
  await volume.createSegment(sparePath(String(sequence)), segmentBytes)
  const bytes = encodeSegmentHeader(header, crc32c)
  await volume.startSegment(sparePath(String(sequence)), segmentPath(sequence), bytes)
  page.magic = PAGE_MAGIC
  page.chain = 0
  page.salt = SALT
  page.setU64('segment', sequence)
  page.setU64('offset', BLOCK_BYTES)
  page.setU64('committed', published)
  page.setU64('durable', published)
  page.state = 0
  await committer.useSegment(sequence, segmentPath(sequence))
}

/** As a process sees the page after its file was cut. */
export function cutPage(page: SharedPage): void {
  for (const field of ['segment', 'offset', 'committed', 'published'] as const)
    page.setU64(field, 0)
  page.chain = 0
  page.salt = 0n
  page.magic = 0
  page.state = PageState.poisoned
}

export const create = (path: string, content: string): RecordOperation =>
  operation(OperationKind.create, path, text(content))
export const replace = (path: string, content: string): RecordOperation =>
  operation(OperationKind.replace, path, text(content))
export const remove = (path: string): RecordOperation =>
  operation(OperationKind.remove, path, NOTHING)
export const check = (
  path: string,
  condition: 'present' | 'absent' | { readonly holds: string },
): RecordOperation => {
  const content = typeof condition === 'object' ? text(condition.holds) : NOTHING
  const record = operation(OperationKind.check, path, content)
  return condition === 'absent' ? { ...record, absent: true } : record
}
export const operation = (
  kind: OperationKind,
  path: string,
  content: Uint8Array,
  external = false,
): RecordOperation => ({ kind, path, content, external })

/** One request for several transactions. */
export function request(
  transactions: readonly (readonly RecordOperation[])[],
  more: Partial<CommitRequest> = {},
): CommitRequest {
  const records = new Uint8Array(Buffer.concat(transactions.map(encodeRecord)))
  return {
    kind: 'commit',
    records,
    transactionCount: transactions.length,
    flush: true,
    timeMs: 1_700_000_000_000,
    lockTimeoutMs: 5_000,
    ...more,
  }
}

/** The outcome codes of a reply, `undefined` for what was committed. */
export const codes = (reply: CommitReply): (string | undefined)[] =>
  reply.outcomes.map((outcome) => outcome?.code)

/** All frames of segment 1, as a reader finds them. */
export async function framesOf(volume: Volume, sequence = 1): Promise<Frame[]> {
  const bytes = await volume.read(segmentPath(sequence))
  if (bytes === undefined) throw new Error(`segment ${sequence} is missing`)
  const frames: Frame[] = []
  let position: JournalPosition = { segment: sequence, offset: BLOCK_BYTES, lsn: 0, chain: 0 }
  for (;;) {
    const frame = decodeFrame(bytes, 0, position, SALT, crc32c)
    if (frame === undefined) return frames
    frames.push(frame)
    position = frame.end
  }
}

/** The DiskError that `work` must fail with. */
export async function failure(work: Promise<unknown>): Promise<DiskError> {
  try {
    await work
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
  throw new Error('nothing failed')
}

export const isRoot = process.getuid?.() === 0

const root = new URL('../../../dist/', import.meta.url)

export interface ChildOptions {
  readonly uid?: number
  readonly input?: readonly unknown[]
  /** How many descriptors it may have open. */
  readonly descriptors?: number
}

/**
 * Runs `body` in a process of its own, over the built package: it sees `disk`, `input`, `options` and `failure`, and
 * what it returns comes back through JSON.
 */
export async function inChild(
  kind: DiskChoice,
  body: string,
  { uid, input = [], descriptors = 1024 }: ChildOptions = {},
): Promise<unknown> {
  const module = (name: string): string => JSON.stringify(new URL(`disk/${name}.js`, root).href)
  const script = `
    import { portableDisk } from ${module('portable/portable-disk')}
    const { chooseDisk } = ${kind === 'portable' ? '{}' : `await import(${module('choose-disk')})`}
    const disk = chooseDisk?.(${JSON.stringify(kind)}) ?? portableDisk
    const input = ${JSON.stringify(input)}
    const options = ${JSON.stringify(VOLUME_OPTIONS)}
    const failure = async (work) => await work.then(() => 'no failure', (error) => error.code)
    const answer = await (async () => { ${body} })()
    process.stdout.write(JSON.stringify(answer ?? null))
  `
  const run = [process.execPath, '--input-type=module', '-e', script]
  // Windows has neither that limit nor a shell that knows it.
  const limited = ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...run]
  const [program = '', ...rest] = process.platform === 'win32' ? run : limited
  const child = spawn(program, rest, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (status !== 0) throw new Error(`the child ended with ${String(status)}`)
  return JSON.parse(Buffer.concat(output).toString('utf8'))
}
