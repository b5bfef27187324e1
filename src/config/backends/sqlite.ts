import { SQLITE_OPTION_NAMES } from '../../sqlite/sqlite-options.js'
import { SqliteStorage } from '../../sqlite/sqlite-storage.js'
import { DOCUMENT_OPTION_NAMES } from '../../versions/source/document-storage-options.js'
import type { VersionDocument, VersionSchema } from '../../versions/version-storage.js'
import type { Backend, OpenRequest } from './backend.js'

/** They are functions or objects, or have another place. */
const NOT_IN_A_FILE = new Set(['file', 'schema', 'schemaInfo', 'upgrade', 'create', 'readOnly'])

/** `sqlite:FILE` */
export const sqliteBackend: Backend = {
  settings: [...DOCUMENT_OPTION_NAMES, ...SQLITE_OPTION_NAMES].filter(
    (name) => !NOT_IN_A_FILE.has(name),
  ),
  paths: [],
  open: openDatabase,
}

async function openDatabase({
  target,
  settings,
  options,
}: OpenRequest): Promise<SqliteStorage<VersionDocument>> {
  const file = target.scheme === 'sqlite' ? target.path : ''
  // Without a schema, its documents are PromptVersions.
  return await SqliteStorage.open<VersionDocument>({ ...settings, ...options, file } as {
    readonly file: string
  } & VersionSchema<VersionDocument>)
}
