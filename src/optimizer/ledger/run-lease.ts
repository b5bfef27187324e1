import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { clearTimeout, nowMs, nowText, setTimeout, sleep } from '../../base/clock.js'
import { shown } from '../../base/options.js'
import { codeOf } from '../../base/values.js'
import { judgeByNumber, ownRecord, type Life } from '../../disk/process-start.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import { freshLatest } from './fresh-reads.js'
import type { LeaseEntry, LedgerDocument } from './ledger-entry.js'

/** What a lease is taken with. */
export interface LeaseRequest {
  readonly storage: VersionStorage<LedgerDocument, LedgerDocument>
  readonly run: string
  /** After how long without a sign of life another process may have the run, in ms. */
  readonly leaseMs: number
  /** Is called when another process has taken the run over. */
  readonly onLost: () => void
}

/** Signs of life within the time of a lease: one or two may come late. */
const SIGNS = 3
/** How long a silent process is watched, as a part of its lease: longer than it takes between two signs. */
const WATCHED = 2
const LOOKS = 10

/** This copy of the module, in this thread: what it holds, it knows. */
const COPY = randomUUID()
const held = new Set<string>()

/**
 * The right to work on a run, for one process at a time. It is a document beside the entries, `ledger.RUN.lease`, of
 * which each sign of life is the next version: a version cannot be saved twice, so one process gets it, in any storage.
 *
 * It keeps a second process from beginning. That a process which was paused cannot write among the entries of its
 * successor does not depend on it, nor on any clock: `EntryLog` fences that.
 */
export class RunLease {
  readonly #request: LeaseRequest
  readonly #owner: LeaseEntry['owner']
  readonly #token = randomUUID()
  #sequence = -1
  #timer: NodeJS.Timeout | undefined
  #sign: Promise<void> | undefined
  #isOver = false

  private constructor(request: LeaseRequest, owner: LeaseEntry['owner']) {
    this.#request = request
    this.#owner = owner
  }

  /**
   * Takes the run: at once if no process has it, or the one that had it has ended on this host; otherwise once that has
   * been silent for its lease.
   * @throws ExperimentError OPT-LEDGER-002 at once if another process works on the run; StorageError
   */
  static async take(request: LeaseRequest): Promise<RunLease> {
    const { started, boot_id, pid_namespace, pid, thread, task } = await ownRecord('')
    const owner = { pid, started, boot_id, pid_namespace, thread, task, copy: COPY }
    const lease = new RunLease(request, { ...owner, host: hostname() })
    while (!(await lease.#begin())) continue
    held.add(lease.#token)
    lease.#signLater()
    return lease
  }

  /** Frees the run for the next process. What fails frees it, too: when its time is over. */
  async release(): Promise<void> {
    if (this.#isOver) return
    this.#end()
    await this.#sign
    try {
      await this.#write('released')
    } catch {
      // The lease ends by itself, and the next process of this host sees that this one does not hold it.
    }
  }

  /** @returns false if another process came first: it has to be looked at */
  async #begin(): Promise<boolean> {
    const latest = await this.#latest()
    if (latest?.state === 'held' && !(await this.#isFree(latest))) return false
    this.#sequence = latest?.sequence ?? -1
    return await this.#write('held')
  }

  /** Whether the process that has the run has ended, or is silent. @throws ExperimentError OPT-LEDGER-002 if it is neither */
  async #isFree(latest: LeaseEntry): Promise<boolean> {
    if ((await lifeOf(latest)) === 'dead') return true
    const silentMs = nowMs() - Date.parse(latest.signed_at)
    // A time to come is that of a clock that differs: then, too, only a sign decides.
    if (silentMs >= 0 && silentMs < latest.lease_ms) throw underWay(this.#request.run, latest)
    const watchedMs = latest.lease_ms / WATCHED
    for (let look = 0; look < LOOKS; look++) {
      await sleep(watchedMs / LOOKS)
      if ((await this.#latest())?.sequence !== latest.sequence) return false
    }
    return true
  }

  #signLater(): void {
    if (this.#isOver) return
    this.#timer = setTimeout(() => {
      this.#sign = this.#renew()
    }, this.#request.leaseMs / SIGNS).unref()
  }

  async #renew(): Promise<void> {
    try {
      if (await this.#write('held')) return this.#signLater()
      this.#end()
      this.#request.onLost()
    } catch (error) {
      // The entries meet the same failure, and report it; a storage that was closed gets no more signs.
      if (codeOf(error) !== 'FS-CLOSED-001') this.#signLater()
    }
  }

  /** Saves the next version. @returns false if another process has saved it, or a later one */
  async #write(state: LeaseEntry['state']): Promise<boolean> {
    const { storage, run, leaseMs } = this.#request
    const sequence = this.#sequence + 1
    const id = idOf(run)
    const entry: LeaseEntry = {
      type: 'lease',
      sequence,
      elapsed_seconds: 0,
      state,
      token: this.#token,
      owner: this.#owner,
      signed_at: nowText(),
      lease_ms: leaseMs,
    }
    try {
      await storage.saveVersion({ prompt_id: id, version: versionOf(sequence), entry })
    } catch (error) {
      if (codeOf(error) === 'OPT-VER-001') return false
      throw error
    }
    // A number that a later holder has deleted can be saved again.
    if (((await this.#latest())?.sequence ?? sequence) > sequence) return false
    this.#sequence = sequence
    if (sequence > 0) await storage.deleteVersion(id, versionOf(sequence - 1))
    return true
  }

  async #latest(): Promise<LeaseEntry | undefined> {
    const { storage, run } = this.#request
    const entry = (await freshLatest(storage, idOf(run)))?.entry
    return entry?.type === 'lease' ? entry : undefined
  }

  #end(): void {
    this.#isOver = true
    held.delete(this.#token)
    clearTimeout(this.#timer)
  }
}

/** Whether the holder runs, as far as it can be seen from here. */
async function lifeOf({ owner, token }: LeaseEntry): Promise<Life> {
  if (owner.copy === COPY) return held.has(token) ? 'alive' : 'dead'
  if (owner.host !== hostname()) return 'unknown'
  return await judgeByNumber({ ...owner, sign: '' })
}

function underWay(
  run: string,
  { owner, signed_at, lease_ms: leaseMs }: LeaseEntry,
): ExperimentError {
  const { pid, host } = owner
  return new ExperimentError(
    'OPT-LEDGER-002',
    `The run ${shown(run)} is under way: process ${pid} of host ${host}, last sign of life ${signed_at}`,
    { context: { run, process: pid, host, last_sign: signed_at, lease_ms: leaseMs } },
  )
}

function idOf(run: string): string {
  return `ledger.${run}.lease`
}

function versionOf(sequence: number): string {
  return `1.0.${sequence}`
}
