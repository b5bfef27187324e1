import { resolve } from 'node:path'
import { publish } from '../base/channels.js'
import { mapLimited } from '../base/map-limited.js'
import { Retries, type RepeatableCall, type RetryRule } from '../base/retry.js'
import type { Disk, OpenFile, Volume } from '../disk/disk.js'
import { DiskError, isTransient, type DiskFailure } from '../disk/disk-error.js'

/** As many as the portable disk reads at once. */
const READS_AT_ONCE = 16

/** Retries temporary failures of the disk, announces each retry on the channel `retry`, and counts them. */
export class DiskRetries {
  readonly #retries: Retries
  readonly #timeoutMs: number

  /** @param timeoutMs how long all attempts of a call may take together; 0: forever */
  constructor(directory: string, rule: RetryRule, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#retries = new Retries(rule, (failed, delayMs) => {
      publish('retry', () => ({ directory: resolve(directory), ...failed, delayMs }))
    })
  }

  /** Whether failures are ever retried. */
  get isOn(): boolean {
    return this.#retries.rule.attempts > 1
  }

  /** Number of retries. */
  get count(): number {
    return this.#retries.count
  }

  /** For calls that have no effect when they fail temporarily. */
  async again<Result>(
    operation: string,
    path: string,
    attempt: () => Promise<Result>,
    how: Partial<RepeatableCall<Result>> = {},
  ): Promise<Result> {
    const timedOut = (): Error => new DiskError('ETIMEDOUT', operation, path)
    const timeoutMs = this.#timeoutMs
    const rest = { timeoutMs, transientCode, exhausted: afterAttempts, timedOut }
    return await this.#retries.run({ operation, path, ...rest, ...how }, attempt)
  }

  /**
   * For a transaction that was refused and left no trace: resolves when it may be sent again; undefined when it may
   * not.
   * @param attempt how often it was sent @param sinceMs time of the call, by the monotonic clock
   */
  afterRefusal(
    failure: DiskFailure,
    attempt: number,
    sinceMs: number,
    lockTimeoutMs: number,
  ): Promise<void> | undefined {
    if (!isTransient(failure)) return undefined
    const { code, path } = failure
    const endMs = this.#timeoutMs === 0 ? Infinity : sinceMs + this.#timeoutMs + lockTimeoutMs
    const delayMs = this.#retries.delayAfter({ operation: 'commit', path, attempt, code }, endMs)
    return delayMs === undefined ? undefined : this.#retries.wait(delayMs)
  }

  /** From now on, temporary failures are retried without a wait. */
  hurry(): void {
    this.#retries.hurry()
  }
}

/** The code of a temporary failure; undefined for others. */
function transientCode(error: unknown): string | undefined {
  const isKnown = error instanceof DiskError && !error.isOutcomeUnknown
  return isKnown && isTransient(error) ? error.code : undefined
}

function afterAttempts(error: unknown, attempts: number): unknown {
  if (!(error instanceof DiskError)) return error
  const { detail } = error
  const more = detail === undefined ? {} : { detail }
  return DiskError.of(error, { cause: error.cause ?? error, attempts, ...more })
}

/**
 * A disk that retries calls where that is safe: opening, making sure that a directory exists, and all reads. A file is
 * opened again by its path each time. All other calls are made once: a caller that knows that a change had no effect
 * retries it.
 */
export function retryingDisk(disk: Disk, retries: DiskRetries): Disk {
  if (!retries.isOn) return disk
  return {
    kind: disk.kind,
    openVolume: async (directory, options) => {
      const open = async (): Promise<Volume> => await disk.openVolume(directory, options)
      // The volume gets its name from here: its own paths are relative to it.
      const release = (late: Volume): void => void late.close()
      return retryingVolume(await retries.again('open', directory, open, { release }), retries)
    },
  }
}

function retryingVolume(volume: Volume, retries: DiskRetries): Volume {
  const read: Volume['read'] = async (path, maxBytes) =>
    await retries.again('read', path, async () => await volume.read(path, maxBytes))
  return {
    kind: volume.kind,
    directory: volume.directory,
    capabilities: volume.capabilities,
    get sign() {
      return volume.sign
    },
    read,
    readMany: async (paths, maxBytes) => {
      const answers = await retries.again('read', paths[0] ?? '', async () =>
        volume.readMany(paths, maxBytes),
      )
      if (!answers.some((answer) => transientCode(answer) !== undefined)) return answers
      return await mapLimited(answers, READS_AT_ONCE, async (answer, at) => {
        if (transientCode(answer) === undefined) return answer
        return await readAgain(volume, retries, paths[at] ?? '', maxBytes, answer as DiskError)
      })
    },
    readRange: async (path, offset, length) =>
      await retries.again('read', path, async () => await volume.readRange(path, offset, length)),
    openFile: async (path) => {
      const release = (late: OpenFile | undefined): void => void late?.close()
      const file = await retries.again('open', path, async () => await volume.openFile(path), {
        release,
      })
      return file && retryingFile(file, path, retries)
    },
    stat: async (path) => await retries.again('stat', path, async () => await volume.stat(path)),
    list: async (path) => await retries.again('readdir', path, async () => await volume.list(path)),
    makeDirectory: async (path) =>
      await retries.again('mkdir', path, async () => await volume.makeDirectory(path)),
    space: async () => await retries.again('statfs', '', async () => await volume.space()),
    isInPlace: async () => await retries.again('stat', '', async () => await volume.isInPlace()),
    // It may wait for a lock, too: the volume's own deadline holds, for each attempt.
    openCommitter: async (options) =>
      await retries.again(
        'open',
        options.pagePath,
        async () => await volume.openCommitter(options),
        {
          timeoutMs: 0,
        },
      ),
    ...onceOnly(volume),
  }
}

/** Calls that do not reach the disk, may have taken effect in spite of the failure, or wait by themselves. */
function onceOnly(volume: Volume) {
  return {
    readHot: (path, maxBytes) => volume.readHot(path, maxBytes),
    boot: async () => await volume.boot(),
    endedSigns: async (names) => await volume.endedSigns(names),
    crc32c: (bytes, seed) => volume.crc32c(bytes, seed),
    createFile: async (path) => await volume.createFile(path),
    write: async (...given) => await volume.write(...given),
    rename: async (...given) => await volume.rename(...given),
    remove: async (path) => await volume.remove(path),
    removeDirectory: async (path) => await volume.removeDirectory(path),
    flushMany: async (...given) => await volume.flushMany(...given),
    flushFileSystem: volume.flushFileSystem,
    flushAncestors: async () => await volume.flushAncestors(),
    lock: async (...given) => await volume.lock(...given),
    createSegment: async (...given) => await volume.createSegment(...given),
    startSegment: async (...given) => await volume.startSegment(...given),
    close: async () => await volume.close(),
  } satisfies Partial<Volume>
}

/** Reads one file of a batch by itself; its failure in the batch counts as the first attempt. */
async function readAgain(
  volume: Volume,
  retries: DiskRetries,
  path: string,
  maxBytes: number | undefined,
  failure: DiskError,
): Promise<Uint8Array | undefined | DiskError> {
  let first: DiskError | undefined = failure
  try {
    return await retries.again('read', path, async () => {
      const met = first
      first = undefined
      if (met !== undefined) throw met
      return await volume.read(path, maxBytes)
    })
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
}

/** An open file is never opened again: what a server has forgotten stays forgotten. */
function retryingFile(file: OpenFile, path: string, retries: DiskRetries): OpenFile {
  const ofOpenFile = (error: unknown): string | undefined => {
    const code = transientCode(error)
    return code === 'ESTALE' ? undefined : code
  }
  return {
    bytes: file.bytes,
    read: async (offset, length) =>
      await retries.again('read', path, async () => await file.read(offset, length), {
        transientCode: ofOpenFile,
      }),
    close: async () => await file.close(),
  }
}
