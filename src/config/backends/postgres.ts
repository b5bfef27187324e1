import { DOCUMENT_OPTION_NAMES } from '../../versions/source/document-storage-options.js'
import { POSTGRES_OPTION_NAMES } from '../../postgres/postgres-options.js'
import { PostgresStorage } from '../../postgres/postgres-storage.js'
import type { VersionDocument, VersionSchema } from '../../versions/version-storage.js'
import type { Backend, OpenRequest } from './backend.js'

/** They are objects or functions, or have another place. */
const NOT_IN_A_FILE = new Set([
  'url',
  'pool',
  'create',
  'readOnly',
  'schema',
  'schemaInfo',
  'upgrade',
])

/** `postgres://USER@HOST/DATABASE` */
export const postgresBackend: Backend = {
  settings: [...POSTGRES_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES].filter(
    (name) => !NOT_IN_A_FILE.has(name),
  ),
  paths: [],
  open: openDatabase,
}

async function openDatabase({
  target,
  settings,
  options,
}: OpenRequest): Promise<PostgresStorage<VersionDocument>> {
  const url = target.scheme === 'postgres' ? target.url : undefined
  // Without a schema, its documents are PromptVersions.
  return await PostgresStorage.open<VersionDocument>({ ...settings, ...options, url } as {
    readonly url: string
  } & VersionSchema<VersionDocument>)
}
