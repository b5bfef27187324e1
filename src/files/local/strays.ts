import { nowText } from '../../base/clock.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import { FILE_DOCUMENT_BYTES_MAX } from './record.js'
import { isEngineName, QUARANTINE_DIRECTORY } from '../../format/layout.js'
import {
  FILE_DOCUMENTS_DIRECTORY,
  FILES_MARK_FILE,
  FILE_VERSIONS_DIRECTORY,
  OUTBOX_DIRECTORY,
  REPLAY_LOCK_FILE,
} from '../../document/store-names.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { Store } from '../../engine/store.js'
import { abandonedStaged } from '../../engine/recovery/sweep-staged.js'
import { isStorageError } from '../../base/errors.js'
import { FileStream } from './body.js'
import {
  documentPath,
  isDirectoryOfKeys,
  keyOfDocument,
  localKey,
  payloadName,
  payloadPath,
  versionAtPath,
  versionPlace,
  withoutCodec,
  type LocalKey,
} from './path.js'
import { decodeLocalRecord } from './record.js'

/** An entry in a storage's directory that belongs to no file of it. */
export interface FileStray {
  /** Relative to the directory. */
  readonly path: string
  /**
   * `payload-without-document`: it is where a file's content would be, and no document names it.
   * `foreign-file`, `foreign-directory`: the storage uses no such name.
   * `leftover`: it was staged by a process that has ended. A checkpoint removes it.
   */
  readonly kind: 'payload-without-document' | 'foreign-file' | 'foreign-directory' | 'leftover'
  /** The key whose payload would be there. */
  readonly key?: string | undefined
  /** Where it was put aside, if it was. */
  readonly quarantined?: string | undefined
}

const OWN_NAMES = new Set([
  FILES_MARK_FILE,
  QUARANTINE_DIRECTORY,
  OUTBOX_DIRECTORY,
  REPLAY_LOCK_FILE,
])

/** Entries of the directory other than the storage's own files; at any time one list for each level is in memory. */
export async function* findStrays(
  directory: Store,
  options: PromptNameOptions,
): AsyncGenerator<FileStray> {
  await directory.waitForPublish()
  for (const path of await abandonedStaged(directory.volume)) yield { path, kind: 'leftover' }
  yield* walk('')

  async function* walk(parent: string): AsyncGenerator<FileStray> {
    for (const entry of (await directory.volume.list(parent)) ?? []) {
      if (parent === '' && (isEngineName(entry.name) || OWN_NAMES.has(entry.name))) continue
      const path = parent === '' ? entry.name : `${parent}/${entry.name}`
      if (entry.kind === 'directory' && holdsKeys(path)) yield* walk(path)
      else {
        const found = await strayAt(path, entry.kind)
        if (found !== undefined) yield found
      }
    }
  }

  function holdsKeys(path: string): boolean {
    if (path === FILE_DOCUMENTS_DIRECTORY || path === FILE_VERSIONS_DIRECTORY) return true
    return isDirectoryOfKeys(relativeToTree(path), options)
  }

  async function strayAt(
    path: string,
    kind: DirectoryEntry['kind'],
  ): Promise<FileStray | undefined> {
    if (kind === 'directory') return { path, kind: 'foreign-directory' }
    if (kind === 'other') return { path, kind: 'foreign-file' }
    if (path.startsWith(`${FILE_DOCUMENTS_DIRECTORY}/`))
      return keyOfDocument(path, options) === undefined ? { path, kind: 'foreign-file' } : undefined
    if (path.startsWith(`${FILE_VERSIONS_DIRECTORY}/`)) return await strayVersionAt(path)
    const name = withoutCodec(path)
    const key = keyOfDocument(documentPath(name), options)
    if (key === undefined || payloadName(key, options) !== name)
      return { path, kind: 'foreign-file' }
    if (await isPayloadOf(directory, localKey(key, options), path)) return undefined
    // Deleted meanwhile, with its document: nothing is wrong.
    if ((await directory.volume.stat(path)) === undefined) return undefined
    return { path, kind: 'payload-without-document', key }
  }

  async function strayVersionAt(path: string): Promise<FileStray | undefined> {
    const version = versionAtPath(path, options)
    if (version === undefined) return { path, kind: 'foreign-file' }
    const at = versionPlace(version, options)
    if (path === at.documentPath || (await isPayloadOf(directory, at, path))) return undefined
    if ((await directory.volume.stat(path)) === undefined) return undefined
    return { path, kind: 'payload-without-document', key: version.key }
  }
}

/**
 * Moves a stray file to `.quarantine/`, whole, in one commit. Returns the new path, or undefined when it is gone.
 * @throws StorageError by the failure of the disk
 */
export async function putAside(directory: Store, path: string): Promise<string | undefined> {
  const file = await directory.openFile(path)
  if (file === undefined) return undefined
  const staged = await directory.stage(new FileStream(file, 0, file.bytes))
  const stamp = nowText().replaceAll(':', '')
  const to = `${QUARANTINE_DIRECTORY}/${path}.${stamp}`
  try {
    await directory.commit([
      { kind: 'create', path: to, staged },
      { kind: 'remove', path },
    ])
    return to
  } finally {
    await directory.discard(staged)
  }
}

/** All trees have the same directories. */
function relativeToTree(path: string): string {
  const tree = [FILE_DOCUMENTS_DIRECTORY, FILE_VERSIONS_DIRECTORY].find((root) =>
    path.startsWith(`${root}/`),
  )
  return tree === undefined ? path : path.slice(tree.length + 1)
}

/** A document that is damaged, or behind a link, does not tell where its payload is: it may be here. */
async function isPayloadOf(
  directory: Store,
  { key, name, documentPath: at }: LocalKey,
  path: string,
): Promise<boolean> {
  try {
    const bytes = await directory.read(at, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
    if (bytes === undefined) return false
    return payloadPath(name, decodeLocalRecord(bytes, key, at).document) === path
  } catch (error) {
    if (isStorageError(error)) return true
    throw error
  }
}
