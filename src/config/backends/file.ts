import { DIRECTORY_OPTION_NAMES } from '../../engine/directory-options.js'
import { FILE_SYSTEM_OPTION_NAMES } from '../../versions/file-system/file-system-options.js'
import { FileSystemStorage } from '../../versions/file-system/file-system-storage.js'
import type { VersionDocument, VersionSchema } from '../../versions/version-storage.js'
import type { Backend, OpenRequest } from './backend.js'

/** They are functions or objects, or have another place. */
const NOT_IN_A_FILE = new Set([
  'storageDir',
  'schema',
  'schemaInfo',
  'upgrade',
  'nativeBinding',
  'repairJournal',
])

/** `file:DIRECTORY` */
export const fileBackend: Backend = {
  settings: [...FILE_SYSTEM_OPTION_NAMES, ...DIRECTORY_OPTION_NAMES].filter(
    (name) => !NOT_IN_A_FILE.has(name),
  ),
  paths: [],
  open: openDirectory,
}

async function openDirectory({
  target,
  settings,
  options,
}: OpenRequest): Promise<FileSystemStorage<VersionDocument>> {
  const storageDir = target.scheme === 'file' ? target.path : undefined
  // Without a schema, its documents are PromptVersions.
  return await FileSystemStorage.open<VersionDocument>({ ...settings, ...options, storageDir } as {
    readonly storageDir: string
  } & VersionSchema<VersionDocument>)
}
