import type { StoredFile, WriteCondition } from './backend.js'
import type { FileParts } from './file-parts.js'
import { openContent } from './file-reader.js'
import { storeContent } from './file-writer.js'

/** What a copy is made under: by default it expires when its original does. */
export interface CopyRequest {
  readonly from: string
  readonly to: string
  readonly condition: WriteCondition
  readonly expiresAt: string | undefined
}

/** Stores a content under another key: gives the file that was copied, or undefined when there is none. */
export async function copyFile(
  parts: FileParts,
  { from, to, condition, expiresAt }: CopyRequest,
): Promise<StoredFile | undefined> {
  const opened = await openContent(parts, from, undefined)
  if (opened === undefined) return undefined
  const { document } = opened.file
  const { kind, metadata } = document
  try {
    const times = { expiresAt: expiresAt ?? document.expires_at }
    await storeContent(parts, { key: to, kind, body: opened.body, metadata, condition, ...times })
    return opened.file
  } finally {
    opened.body.destroy()
  }
}
