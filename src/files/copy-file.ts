import type { FileBackend, StoredFile, WriteCondition } from './backend.js'
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

export interface Copied {
  readonly source: StoredFile
  readonly copy: StoredFile
  /** Whether the copy has taken the place of another file. */
  readonly replaced: boolean
}

/**
 * Stores a content under another key; undefined when there is none.
 *
 * @param putOver how the copy is put, where it is not as any other file
 */
export async function copyFile(
  parts: FileParts,
  { from, to, condition, expiresAt }: CopyRequest,
  putOver?: (source: StoredFile) => Promise<FileBackend['put']>,
): Promise<Copied | undefined> {
  const opened = await openContent(parts, from, undefined)
  if (opened === undefined) return undefined
  const { document } = opened.file
  const { kind, metadata } = document
  try {
    const times = { expiresAt: expiresAt ?? document.expires_at }
    const content = { key: to, kind, body: opened.body, metadata, condition, ...times }
    const put = await putOver?.(opened.file)
    const { file, replaced } = await storeContent(parts, { ...content, put })
    return { source: opened.file, copy: file, replaced }
  } finally {
    opened.body.destroy()
  }
}
