import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { FileBackend, StoredFile, WriteCondition } from '../../../../src/files/backend.js'
import type { FileDocument } from '../../../../src/files/document.js'

/** A document as the layer above would make it. */
export function documentOf(
  key: string,
  content: Uint8Array,
  changes: Partial<FileDocument> = {},
): FileDocument {
  const now = new Date().toISOString()
  return {
    format: 1,
    key,
    kind: 'bytes',
    bytes: content.length,
    digest: createHash('sha256').update(content).digest('hex'),
    compression: 'none',
    encryption: undefined,
    metadata: {},
    created_at: now,
    updated_at: now,
    expires_at: undefined,
    ...changes,
  }
}

export async function putText(
  backend: FileBackend,
  key: string,
  text: string,
  condition?: WriteCondition,
  changes?: Partial<FileDocument>,
): Promise<StoredFile> {
  const content = Buffer.from(text)
  return await backend.put(key, content, () => documentOf(key, content, changes), condition)
}

/** The content, after a check that it is the one that the document speaks of. */
export async function getText(backend: FileBackend, key: string): Promise<string | undefined> {
  const found = await backend.get(key)
  if (found === undefined) return undefined
  const content = await buffer(found.body)
  const digest = createHash('sha256').update(content).digest('hex')
  if (digest !== found.file.document.digest)
    throw new Error(`Bytes and document of '${key}' are of two stores`)
  return content.toString()
}

export async function keysOf(backend: FileBackend, prefix = '', limit = 1000): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | undefined; ;) {
    const page = await backend.list({ prefix, limit, ...(after === undefined ? {} : { after }) })
    keys.push(...page.files.map(({ key }) => key))
    after = keys.at(-1)
    if (!page.more) return keys
  }
}

/** The code of the error that a promise rejects with; the error itself when it has none. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return 'no error'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}
