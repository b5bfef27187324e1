/** What must not compile, and what must: read by `npm run types`, never run. */
import {
  FileStorage,
  fileStorageConfigFrom,
  type FileStorageConfig,
  type FileStorageOptions,
} from '../../src/files/index.js'
import {
  compile,
  editable,
  FileSystemStorage,
  InMemoryStorage,
  isHoldfastError,
  isStorageError,
  PromptRegistry,
  type OptimizerError,
  promptVersionSchema,
  type NewVersion,
  type StandardSchema,
  type StorageError,
  type VersionDocument,
  type VersionStorage,
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

export async function publishes(): Promise<void> {
  const notes = await FileSystemStorage.open({ storageDir: 'notes', schema: noteSchema })
  const noteRegistry: PromptRegistry<Note> = new PromptRegistry({ storage: notes })
  const note: Note = await noteRegistry.publish('n', { body: 'text' }, { author: 'ada' })
  // @ts-expect-error The body is missing.
  await noteRegistry.publish('n', {})
  // @ts-expect-error The registry gives the number.
  await noteRegistry.publish('n', { body: 'text', version: '1.0.0' })
  const read: Note | undefined = await noteRegistry.get('n')
  const { merged } = await noteRegistry.merge('n', '1.0.0', '1.0.1', '1.0.2')
  const body: string | undefined = merged?.body
  await noteRegistry.transaction(async (tx) => (await tx.publish('n', { body: 'text' })).body)
  const dated = new PromptRegistry({ storage: new InMemoryStorage({ schema: datedSchema }) })
  const lang: string = (await dated.publish('d', {})).lang
  const prompts: FileSystemStorage = await FileSystemStorage.open({ storageDir: 'prompts' })
  const registry = new PromptRegistry({ storage: prompts })
  void new PromptRegistry({ storage: new InMemoryStorage() })
  const { created, version } = await registry.publish('p', { text: 'Hi' })
  const text: string | undefined = compile(await registry.publish('p', { text: 'Hi' })).text
  // @ts-expect-error A prompt is a text or messages, not both.
  await registry.publish('p', { text: 'Hi', messages: [{ role: 'user', content: 'Hi' }] })
  // @ts-expect-error Nor is it neither.
  await registry.publish('p', { config: {} })
  const copy = editable(await registry.publish('p', { text: 'Hi' }))
  copy.metadata['ticket'] = 7
  void [created, version, text, note, read, body, lang]
}

interface Dated {
  readonly prompt_id: string
  readonly version: string
  readonly lang: string
}
declare const datedSchema: StandardSchema<Dated, Omit<Dated, 'lang'>>

export async function saves(): Promise<void> {
  // @ts-expect-error Documents of another type need their schema in memory, too.
  void new InMemoryStorage<Note>()
  // @ts-expect-error So they do with other options.
  void new InMemoryStorage<Note>({ allowPrerelease: true })
  const notes = new InMemoryStorage({ schema: noteSchema })
  await notes.saveVersion({ prompt_id: 'n', version: '1.0.0', body: 'text' })
  // @ts-expect-error The body is missing.
  await notes.saveVersion({ prompt_id: 'n', version: '1.0.0' })

  const dated = await FileSystemStorage.open({ storageDir: 'dated', schema: datedSchema })
  await dated.saveVersion({ prompt_id: 'd', version: '1.0.0' })
  await new InMemoryStorage({ schema: datedSchema }).saveVersion({
    prompt_id: 'd',
    version: '1.0.0',
  })
  const lang: string | undefined = (await dated.getLatestVersion('d'))?.lang

  const memory: VersionStorage = new InMemoryStorage()
  const disk: VersionStorage = await FileSystemStorage.open({ storageDir: 'prompts' })
  const { prompt } = given
  for (const storage of [memory, disk]) {
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0', created_at: 'now', prompt })
    // @ts-expect-error The prompt has no default.
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0', created_at: 'now' })
    const role: string | undefined = (await storage.getVersion('p', '1.0.0'))?.prompt.role
    void role
  }
  void lang
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
    // @ts-expect-error `user` is in FS-PERM-001 only; as any other fact it is unknown here.
    const user: string | undefined = error.context['user']
    void user
  }
  if (isStorageError(error, 'FS-QUOTA-001')) {
    const bytes: number | undefined = error.context.needed_bytes
    void bytes
  }
  if (isStorageError(error, 'FS-FORMAT-001')) {
    const found: readonly (string | undefined)[] = [error.context.entry, error.context.holds]
    // @ts-expect-error `lsn` is in FS-JOURNAL-001 only.
    const lsn: number | undefined = error.context['lsn']
    void [found, lsn]
  }
  if (isStorageError(error, 'FS-JOURNAL-001')) {
    const lsn: number | undefined = error.context.lsn
    void lsn
  }
  if (isStorageError(error, 'FS-CRYPT-001')) {
    const key: string | undefined = error.context.key_id
    const chunk: number | undefined = error.context.chunk
    void [key, chunk]
  }
  if (isHoldfastError(error)) {
    const seeds: OptimizerError = error
    const code: string = error.code
    // @ts-expect-error Other errors have other facts.
    const key: string = error.context['key']
    void [seeds, code, key]
  }
  const path = (failure: StorageError<'FS-IO-001'>): string | undefined => failure.context.path
  void path
}

/** The options of files have two spellings, and nothing else. */
export async function opensFiles(): Promise<void> {
  await FileStorage.open({ storageDir: new URL('file:///data'), retry: false, cacheBytes: 0 })
  await FileStorage.open({ local_storage_path: 'data', max_cache_size_mb: 5, durability: 'commit' })
  const config: FileStorageConfig = { storageDir: 'data', enable_encryption: false }
  const options: FileStorageOptions = fileStorageConfigFrom({})
  // @ts-expect-error The dialect of the options has no such key.
  const old: FileStorageOptions = { local_storage_path: 'data' }
  // @ts-expect-error It is a number.
  await FileStorage.open({ retry_attempts: { attempts: 5 } })
  // @ts-expect-error It is misspelt.
  await FileStorage.open({ storagedir: 'data' })
  void [config, options, old]
}
