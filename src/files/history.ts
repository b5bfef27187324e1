import { isDamage } from '../base/errors.js'
import { stringOption, rejectUnknown } from '../base/options.js'
import { inTurn } from '../base/turns.js'
import type { FileBackend, StoredFile } from './backend.js'
import { isExpired } from './document.js'
import { infoOf, type FileInfo } from './info.js'
import { inOrder, isVersionKeeper, type KeptEntry } from './kept.js'
import type { FileParts, ReadParts } from './parts.js'

/** A file as it is or was under its key. */
export interface FileVersion extends FileInfo {
  /** What `retrieve`, `restoreVersion` and others take: the `etag` that the file had from its store on. */
  readonly version: string
  /** Whether it is the file that `retrieve` returns; others are kept. */
  readonly current: boolean
  /** When it was replaced or removed: undefined for the current one. */
  readonly replaced_at: string | undefined
}

/** Which version of a file is read. */
export interface VersionOptions {
  /** Default: the current file. A version that is not kept is treated as a missing file. */
  readonly version?: string | undefined
}

/** The current file and the kept ones, newest first. Expired, damaged and untrusted ones are left out. */
export async function historyOf(parts: FileParts, key: string): Promise<FileVersion[]> {
  const { backend } = parts
  // In this order: what replaces the current file meanwhile also keeps it.
  const current = await headUndamaged(backend, key)
  const kept = isVersionKeeper(backend) ? inOrder(await backend.versions(key)) : []
  const at = kept.findIndex(({ version }) => version === current?.etag)
  const versions: FileVersion[] = []
  if (current !== undefined && (await isReadable(parts, current)))
    versions.push(versionOf(current, undefined))
  for (const { file, keptMs } of kept.slice(at + 1))
    // There can be thousands, and none of them may need a thread.
    if (file !== undefined && (await inTurn(await isReadable(parts, file))))
      versions.push(versionOf(file, keptMs))
  return versions
}

/** Reads of one version of each file, current or kept. */
export function viewOf(parts: FileParts, version: string): ReadParts {
  const { backend, config, now, pipeline, trust } = parts
  const keeper = isVersionKeeper(backend) ? backend : undefined

  async function either<Found>(
    key: string,
    inKept: () => Promise<Found | undefined> | undefined,
    inCurrent: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const kept = await inKept()
    if (kept !== undefined) return kept
    const current = (await backend.head(key))?.etag === version ? await inCurrent() : undefined
    // What was replaced between the two is kept now.
    return current ?? (await inKept())
  }

  const view: Pick<FileBackend, 'get' | 'head'> = {
    get: async (key, range) =>
      await either(
        key,
        () => keeper?.getVersion(key, version, range),
        async () => {
          const found = await backend.get(key, range)
          if (found === undefined || found.file.etag === version) return found
          found.body.destroy()
          return undefined
        },
      ),
    head: async (key) =>
      await either(
        key,
        () => keeper?.headVersion(key, version),
        async () => {
          const file = await backend.head(key)
          return file?.etag === version ? file : undefined
        },
      ),
  }
  return {
    backend: view,
    config,
    now,
    pipeline,
    trust: {
      check: async (file) => await trust.checkKept(file),
      mayExpire: (document) => trust.mayExpire(document),
    },
    // A sweep removes it: the current file is another one.
    expire: () => undefined,
  }
}

/** The parts to read the version that was asked for. @throws TypeError for other options */
export function resolveVersion(
  options: VersionOptions,
  where: string,
): (parts: FileParts) => ReadParts {
  rejectUnknown(options, ['version'], where)
  if (options.version === undefined) return (parts) => parts
  const version = checkVersion(options.version)
  return (parts) => viewOf(parts, version)
}

/** @throws TypeError for what cannot be a version */
export function checkVersion(version: unknown): string {
  return stringOption('version', version)
}

/** Everything that a backend keeps of keys with a prefix; nothing where it keeps no versions. */
export async function* versionsOf(
  backend: FileBackend,
  prefix: string = '',
): AsyncGenerator<KeptEntry, void, void> {
  if (isVersionKeeper(backend)) yield* backend.allVersions(prefix)
}

/** The current file; undefined also for a damaged one, which must not hide what is kept. */
export async function headUndamaged(
  backend: FileBackend,
  key: string,
): Promise<StoredFile | undefined> {
  try {
    return await backend.head(key)
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

async function isReadable({ now, trust }: FileParts, file: StoredFile): Promise<boolean> {
  return !isExpired(file.document, now()) && (await trust.admitsKept(file))
}

function versionOf(file: StoredFile, keptMs: number | undefined): FileVersion {
  return {
    ...infoOf(file),
    version: file.etag,
    current: keptMs === undefined,
    replaced_at: keptMs === undefined ? undefined : new Date(keptMs).toISOString(),
  }
}
