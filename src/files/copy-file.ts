import type { StoredFile } from './backend.js'
import type { FileParts } from './file-parts.js'
import { openContent } from './file-reader.js'
import { storeContent, type StoreOptions } from './file-writer.js'

/** Stores a content under another key: gives the file that was copied, or undefined when there is none. */
export async function copyFile(
  parts: FileParts,
  from: string,
  to: string,
  options: StoreOptions,
): Promise<StoredFile | undefined> {
  const opened = await openContent(parts, from, undefined)
  if (opened === undefined) return undefined
  const { kind, metadata, expires_at: expiresAt } = opened.file.document
  try {
    const all = { ...options, expiresAt: options.expiresAt ?? expiresAt }
    await storeContent(parts, { key: to, kind, body: opened.body, metadata, options: all })
    return opened.file
  } finally {
    opened.body.destroy()
  }
}
