import type { DirectoryEntry, FileStat, Volume } from '../../disk/disk.js'
import { decodeExternal, OperationKind, type RecordOperation } from '../../format/record.js'
import type { JournalEntry } from './scan.js'

/** A path's last operation in the journal, and when it was committed. */
interface Served {
  readonly operation: RecordOperation
  readonly lsn: number
  readonly timeMs: number
}

/**
 * The journal's contents since the last checkpoint, served in place of the files, which may not show them yet, or no
 * longer. Where they do, both agree.
 */
export class JournalOverlay {
  readonly #served = new Map<string, Served>()
  /** The names below each directory; a name may be that of a directory, too. */
  readonly #names = new Map<string, Set<string>>()

  constructor(entries: readonly JournalEntry[] = []) {
    this.take(entries)
  }

  get(path: string): RecordOperation | undefined {
    return this.#served.get(path)?.operation
  }

  /** A copy: later changes do not show in it. */
  all(): readonly Served[] {
    return [...this.#served.values()]
  }

  /** Folds in what was committed since. */
  take(entries: readonly JournalEntry[]): void {
    for (const { lsn, timeMs, transactions } of entries)
      for (const operation of transactions.flat()) this.set(operation, lsn, timeMs)
  }

  set(operation: RecordOperation, lsn: number, timeMs: number): void {
    const { path } = operation
    this.#served.set(path, { operation, lsn, timeMs })
    for (let below = path; below !== '';) {
      const slash = below.lastIndexOf('/')
      const directory = below.slice(0, Math.max(0, slash))
      const names = this.#names.get(directory) ?? new Set()
      this.#names.set(directory, names)
      const name = below.slice(slash + 1)
      if (names.has(name)) return
      names.add(name)
      below = directory
    }
  }

  /** The files show it themselves. */
  remove(path: string): void {
    if (!this.#served.delete(path)) return
    this.#prune(path)
  }

  /** Forgets what a checkpoint through `lsn` covers. */
  forget(lsn: number): void {
    for (const [path, served] of this.#served) if (served.lsn <= lsn) this.remove(path)
  }

  /** Replaces all entries, in one step. */
  replaceBy(entries: readonly JournalEntry[]): void {
    this.#served.clear()
    this.#names.clear()
    this.take(entries)
  }

  /** As `Volume.stat`, after redo. */
  async stat(volume: Volume, path: string): Promise<FileStat | undefined> {
    const served = this.#served.get(path)
    if (served === undefined) {
      const stat = await volume.stat(path)
      return stat ?? (this.#holdsFiles(path) ? NEW_DIRECTORY : undefined)
    }
    const { operation, timeMs } = served
    if (operation.kind === OperationKind.remove) return undefined
    if (operation.external) {
      const { stagedPath } = decodeExternal(operation.content)
      return (await volume.stat(stagedPath)) ?? (await volume.stat(path))
    }
    const stat = await volume.stat(path)
    const bytes = operation.content.length
    return stat?.kind === 'file' ? { ...stat, bytes } : { ...NEW_FILE, bytes, modifiedMs: timeMs }
  }

  /** As `Volume.list`, after redo. */
  async list(volume: Volume, path: string): Promise<readonly DirectoryEntry[] | undefined> {
    const listed = await volume.list(path)
    const names = this.#names.get(path)
    if (names === undefined) return listed
    const entries = new Map((listed ?? []).map((entry) => [entry.name, entry]))
    for (const name of names) {
      const below = path === '' ? name : `${path}/${name}`
      const served = this.#served.get(below)
      if (served?.operation.kind === OperationKind.remove) entries.delete(name)
      else if (served !== undefined)
        entries.set(name, { name, kind: 'file', modifiedMs: served.timeMs })
      // Changes inside do not show in its stamp.
      else if (this.#holdsFiles(below))
        entries.set(name, { name, kind: 'directory', modifiedMs: this.#newestIn(below) })
    }
    return listed === undefined && entries.size === 0 ? undefined : [...entries.values()]
  }

  #holdsFiles(directory: string): boolean {
    for (const name of this.#names.get(directory) ?? []) {
      const path = directory === '' ? name : `${directory}/${name}`
      const kind = this.#served.get(path)?.operation.kind
      if (kind !== undefined && kind !== OperationKind.remove) return true
      if (kind === undefined && this.#holdsFiles(path)) return true
    }
    return false
  }

  #newestIn(directory: string): number {
    let newest = 0
    for (const name of this.#names.get(directory) ?? [])
      newest = Math.max(newest, this.#served.get(`${directory}/${name}`)?.timeMs ?? 0)
    return newest
  }

  #prune(path: string): void {
    for (let below = path; below !== '';) {
      if (this.#served.has(below) || this.#names.has(below)) return
      const slash = below.lastIndexOf('/')
      const directory = below.slice(0, Math.max(0, slash))
      const names = this.#names.get(directory)
      names?.delete(below.slice(slash + 1))
      if (names === undefined || names.size > 0) return
      this.#names.delete(directory)
      below = directory
    }
  }
}

const NEW_FILE: FileStat = {
  kind: 'file',
  bytes: 0,
  modifiedMs: 0,
  links: 1,
  mode: 0o600,
  uid: 0,
}
const NEW_DIRECTORY: FileStat = { ...NEW_FILE, kind: 'directory', mode: 0o700 }
