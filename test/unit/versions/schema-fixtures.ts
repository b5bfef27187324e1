import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../src/versions/file-system/file-system-options.js'
import { tempDirectory } from '../../support/temp.js'

export interface Note {
  readonly prompt_id: string
  readonly version: string
  readonly title: string
  readonly tags: readonly string[]
}

const firstSchema = z.strictObject({ prompt_id: z.string(), version: z.string(), name: z.string() })
export const noteSchema = z.strictObject({
  prompt_id: z.string(),
  version: z.string(),
  title: z.string().min(1),
  tags: z.array(z.string()).default([]),
})

export const first = { schema: firstSchema, schemaInfo: { name: 'notes', version: 1 } }
export const second = {
  schema: noteSchema,
  schemaInfo: { name: 'notes', version: 2 },
  upgrade: ({ prompt_id, version, name }: Readonly<Record<string, unknown>>) => ({
    prompt_id,
    version,
    title: name,
  }),
}
export const OLD = { prompt_id: 'p', version: '1.0.0', name: 'old' }
export const UPGRADED: Note = { prompt_id: 'p', version: '1.0.0', title: 'old', tags: [] }
export const NEW: Note = { prompt_id: 'p', version: '2.0.0', title: 'new', tags: ['a'] }

/** A store with one document of the first version of the schema, closed. */
export async function oldStore(options: object = first): Promise<string> {
  const storageDir = await tempDirectory()
  await using storage = await FileSystemStorage.open({
    storageDir,
    schema: firstSchema,
    ...options,
  })
  await storage.saveVersion(OLD)
  return storageDir
}

/** A store of notes that is closed when the test ends. */
export async function open(
  storageDir: string,
  options: Partial<FileSystemStorageOptions<Note>> = second,
): Promise<FileSystemStorage<Note>> {
  const { schema = noteSchema, ...others } = options
  const storage = await FileSystemStorage.open<Note>({ storageDir, schema, ...others })
  onTestFinished(async () => await storage.close())
  return storage
}

export async function markOf(storageDir: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(storageDir, '.metadata.json'), 'utf8'))
}
