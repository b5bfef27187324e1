/** What must not compile, and what must: read by `npm run types`, run by nobody. */
import {
  FileSystemStorage,
  isStorageError,
  promptVersionSchema,
  type NewVersion,
  type StandardSchema,
  type StorageError,
  type VersionDocument,
} from '../../src/index.js'

interface Note extends VersionDocument {
  readonly body: string
}
declare const noteSchema: StandardSchema<Note>
declare const error: unknown

export async function opens(): Promise<void> {
  // @ts-expect-error The constructor is not for users.
  void new FileSystemStorage()
  // @ts-expect-error Documents of another type need their schema.
  await FileSystemStorage.open<Note>({ storageDir: 'notes' })
  const notes = await FileSystemStorage.open({ storageDir: 'notes', schema: noteSchema })
  const note: Note | undefined = await notes.getLatestVersion('n')
  const named: FileSystemStorage<Note> = await FileSystemStorage.open<Note>({
    storageDir: 'notes',
    schema: noteSchema,
  })
  const prompts: FileSystemStorage = await FileSystemStorage.open({ storageDir: 'prompts' })
  await FileSystemStorage.open({ storageDir: 'prompts', schema: promptVersionSchema })
  void [note, named, prompts]
}

/** What has a default may be left out. */
export const given: NewVersion = {
  prompt: { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text: 'Hello' },
}

export function narrows(): void {
  if (isStorageError(error, 'FS-PERM-001')) {
    const user: string | undefined = error.context.user
    const code: 'FS-PERM-001' = error.code
    void [user, code]
  }
  if (isStorageError(error, 'OPT-VER-001')) {
    // @ts-expect-error A user stands in FS-PERM-001 only; as any other fact it is unknown here.
    const user: string | undefined = error.context['user']
    void user
  }
  const path = (failure: StorageError<'FS-IO-001'>): string | undefined => failure.context.path
  void path
}
