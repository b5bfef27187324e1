import type { Readable } from 'node:stream'
import type { ByteRange, FileBody } from '../base/byte-source.js'
import type { FileBackend, StoredFile } from './backend.js'
import type { FileDocument } from './document.js'

/** Most versions of one key that can be asked for. */
export const KEPT_VERSIONS_MAX = 10_000

const DAY_MS = 86_400_000

/** Which versions of each key are kept. */
export interface KeepSetting {
  /** How many, besides the current file; 0: none. */
  readonly most: number
  /** Those that were replaced longer ago are not kept; undefined: however long ago. */
  readonly days?: number | undefined
}

/** No version is kept. */
export const KEEPS_NONE: KeepSetting = Object.freeze({ most: 0 })

/** Asks a backend that keeps versions to keep the file that a change replaces or removes. */
export interface KeepRequest {
  /** Whether this file is kept. False for one that has expired. */
  readonly keeps: (file: StoredFile) => boolean
  /** When the change is made, in ms since the epoch. */
  readonly nowMs: number
}

/** A file that was current once. */
export interface KeptVersion {
  readonly key: string
  /** The etag that the file had: no two stores of a key share it. */
  readonly version: string
  /** When it was replaced or removed, in ms since the epoch. Of two versions of a key, the newer has the greater. */
  readonly keptMs: number
}

/** As it is listed. */
export interface KeptEntry extends KeptVersion {
  /** As it was when it was current, `etag` included; undefined when its document is damaged. */
  readonly file: StoredFile | undefined
}

/**
 * A backend that keeps the files which changes replace and remove. It keeps these rules: a kept file is durable before
 * the change that replaces it is seen by any reader; a change that fails leaves the current file as it was, and at worst
 * a kept copy of it, which counts as a version once the file is no longer current. A copy of the current file does
 * not count as a version, and is never removed.
 */
export interface VersionKeeper extends FileBackend {
  /** Which versions are kept now: for a directory, by any process that has it open. */
  keepSetting(): Promise<KeepSetting>

  /** What is kept of a key, newest first; each version once. */
  versions(key: string): Promise<readonly KeptEntry[]>

  /** A kept file and a stream of its stored bytes, or undefined when it is not kept. As `get`. */
  getVersion(
    key: string,
    version: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined>

  /** As `getVersion`, without the bytes. */
  headVersion(key: string, version: string): Promise<StoredFile | undefined>

  /**
   * Stores a kept file: a new one, or `over` the one of the same version that is there, which gets another body and
   * document. False when there is one already, or none to replace, or another process was faster.
   * @param describe called once the body has been read to its end
   */
  putVersion(
    kept: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean>

  /** Removes these versions of one key; returns how many there were. */
  deleteVersions(key: string, versions: readonly string[]): Promise<number>

  /** All that is kept of keys with a prefix, key by key. */
  allVersions(prefix: string): AsyncGenerator<KeptEntry, void, void>
}

export function isVersionKeeper(backend: FileBackend): backend is VersionKeeper {
  return 'keepSetting' in backend && 'putVersion' in backend
}

/** What a change does about the versions of its key. */
export interface KeepPlan<Existing extends KeptVersion> {
  /** The replaced file, to be kept under this name; undefined when it is kept already. */
  readonly added: KeptVersion | undefined
  /** Versions that are not kept any longer. */
  readonly surplus: readonly Existing[]
}

/** @param existing newest first */
export function planKeep<Existing extends KeptVersion>(
  existing: readonly Existing[],
  file: StoredFile,
  setting: KeepSetting,
  { nowMs }: KeepRequest,
): KeepPlan<Existing> {
  const isKept = existing.some(({ version }) => version === file.etag)
  // A clock that was set back must not put a version before those that it came after.
  const keptMs = Math.max(nowMs, (existing[0]?.keptMs ?? -1) + 1)
  const added = isKept ? undefined : { key: file.key, version: file.etag, keptMs }
  const least = added === undefined ? setting : { ...setting, most: setting.most - 1 }
  const surplus = surplusOf(existing, least, nowMs).filter(({ version }) => version !== file.etag)
  return { added, surplus }
}

/** Those of a key's versions, newest first, that a setting does not keep. */
export function surplusOf<Existing extends KeptVersion>(
  versions: readonly Existing[],
  { most, days }: KeepSetting,
  nowMs: number,
): readonly Existing[] {
  const seen = new Set<string>()
  return versions.filter(({ version, keptMs }) => {
    // A second copy, which goes with the first.
    if (seen.has(version)) return false
    if (seen.size >= most) return true
    if (days !== undefined && keptMs < nowMs - days * DAY_MS) return true
    seen.add(version)
    return false
  })
}

/** Newest first, each version once. */
export function inOrder<Existing extends KeptVersion>(versions: Iterable<Existing>): Existing[] {
  const sorted = [...versions].sort((left, right) => right.keptMs - left.keptMs)
  const seen = new Set<string>()
  return sorted.filter(({ version }) => !seen.has(version) && seen.add(version))
}

const NAME = /^(\d{15})-([0-9a-z]{1,64})$/

/** The name of a version beside those of its key: in the order of their times. */
export function versionName({ version, keptMs }: Omit<KeptVersion, 'key'>): string {
  return `${String(keptMs).padStart(15, '0')}-${version}`
}

/** What a name says; undefined for one that `versionName` does not make. */
export function parseVersionName(name: string): Omit<KeptVersion, 'key'> | undefined {
  const [, time, version] = NAME.exec(name) ?? []
  return version === undefined ? undefined : { version, keptMs: Number(time) }
}
