import type { Store } from '../../engine/store.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import type { StoredFile } from '../backend.js'
import type { LocalContent } from './body.js'
import { payloadPath, payloadPaths, type LocalKey } from './path.js'
import { encodeLocalRecord, WRITTEN_DOCUMENT_BYTES_MAX } from './record.js'

/** A file's document as it is on the disk. `file` is undefined when it is damaged. */
export interface FoundRecord {
  readonly bytes: Uint8Array
  readonly file: StoredFile | undefined
}

/** Further operations for the commit that stores or deletes a file; requested again for each attempt. */
export type Alongside = (file: StoredFile) => readonly Operation[]

/** The operations of one commit that store a file, replacing the document that was found. */
export async function storing(
  directory: Store,
  { name, documentPath: path }: LocalKey,
  change: {
    readonly file: StoredFile
    readonly content: LocalContent
    readonly found: FoundRecord | undefined
  },
): Promise<Operation[]> {
  const { file, content, found } = change
  const payload = payloadPath(name, file.document)
  const bytes = encodeLocalRecord(file)
  return [
    found === undefined
      ? { kind: 'create', path, bytes }
      : { kind: 'replace', path, bytes, ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX) },
    { kind: 'replace', path: payload, ...content },
    ...(await removals(
      directory,
      oldPaths(name, found).filter((old) => old !== payload),
    )),
  ]
}

/** The operations of one commit that remove the file whose document was found. */
export async function removing(
  directory: Store,
  { name, documentPath: path }: LocalKey,
  found: FoundRecord | undefined,
): Promise<Operation[]> {
  if (found === undefined) return []
  return [
    { kind: 'remove', path, ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX) },
    ...(await removals(directory, oldPaths(name, found))),
  ]
}

/** A payload that was removed by hand does not block the next one. */
async function removals(directory: Store, paths: readonly string[]): Promise<Operation[]> {
  const stats = await Promise.all(
    paths.map(async (path) => ({ path, stat: await directory.volume.stat(path) })),
  )
  return stats
    .filter(({ stat }) => stat?.kind === 'file')
    .map(({ path }) => ({ kind: 'remove', path }))
}

/** A damaged document does not tell where its payload is. */
function oldPaths(name: string, found: FoundRecord | undefined): string[] {
  if (found === undefined) return []
  return found.file === undefined ? payloadPaths(name) : [payloadPath(name, found.file.document)]
}
