import { isConflict } from '../base/errors.js'
import type { FileBackend, StoredFile, WriteCondition } from './backend.js'
import type { FileParts } from './parts.js'
import { openContent } from './reader.js'
import { keepRequest, storeContent } from './writer.js'
import { untilSteady } from './conflict.js'
import { LocalBackend } from './local/backend.js'
import { forgetRemoved, releaseRemoved, removeUnchanged } from './maintenance.js'

/** A copy to be made: by default it expires when its original does. */
export interface CopyRequest {
  readonly from: string
  readonly to: string
  readonly condition: WriteCondition
  readonly expiresAt: string | undefined
}

export interface Copied {
  readonly source: StoredFile
  readonly copy: StoredFile
  /** Whether the copy has replaced another file. */
  readonly replaced: boolean
}

/**
 * Stores a content under another key; undefined when there is none.
 *
 * @param putOver how the copy is put, if not like any other file
 */
export async function copyFile(
  parts: FileParts,
  { from, to, condition, expiresAt }: CopyRequest,
  putOver?: (source: StoredFile) => FileBackend['put'],
): Promise<Copied | undefined> {
  const opened = await openContent(parts, from, undefined)
  if (opened === undefined) return undefined
  const { document } = opened.file
  const { kind, metadata } = document
  try {
    const times = { expiresAt: expiresAt ?? document.expires_at }
    const content = { key: to, kind, body: opened.body, metadata, condition, ...times }
    const put = putOver?.(opened.file)
    const { file, replaced } = await storeContent(parts, { ...content, put })
    return { source: opened.file, copy: file, replaced }
  } finally {
    opened.body.destroy()
  }
}

/** Whether there was a file to move; undefined when it was changed meanwhile, so that the move has to begin again. */
type Attempt = { readonly found: boolean } | undefined

/**
 * Stores a file under another key, and removes it under its own. Of several calls that move one file, one gets true;
 * false when there is none. In a directory both are one commit.
 */
export async function moveFile(parts: FileParts, request: CopyRequest): Promise<boolean> {
  const { backend } = parts
  let { condition } = request
  return await untilSteady(request.from, parts.config.lockTimeoutMs, async () => {
    if (backend instanceof LocalBackend) return await moveAtOnce(parts, backend, request)
    return await moveInSteps(parts, { ...request, condition }, (kept) => {
      // The copy has replaced what the caller expected there.
      if (condition.ifMatch !== undefined) condition = { ifMatch: kept.etag }
    })
  })
}

async function moveAtOnce(
  parts: FileParts,
  backend: LocalBackend,
  request: CopyRequest,
): Promise<Attempt> {
  let source: StoredFile | undefined
  const putMoved = (file: StoredFile): FileBackend['put'] => {
    source = file
    const keep = keepRequest(parts)
    return async (...put) =>
      await backend.withRemoval(file, keep, async (removal) => backend.put(...put, () => removal))
  }
  try {
    const copied = await copyFile(parts, request, putMoved)
    if (copied === undefined) return { found: false }
    await releaseRemoved(parts, copied.source)
    return { found: true }
  } catch (error) {
    if (source === undefined || !isConflict(error)) throw error
    // A failed condition on the target is for the caller.
    if ((await backend.head(source.key))?.etag === source.etag) throw error
    return undefined
  } finally {
    forgetRemoved(parts, request.from)
  }
}

/** @param kept receives a copy that is not undone, since it has replaced another file */
async function moveInSteps(
  parts: FileParts,
  request: CopyRequest,
  kept: (copy: StoredFile) => void,
): Promise<Attempt> {
  const copied = await copyFile(parts, request)
  if (copied === undefined) return { found: false }
  const { source, copy, replaced } = copied
  if (await removeUnchanged(parts, source, keepRequest(parts))) return { found: true }
  if (replaced) kept(copy)
  else await removeUnchanged(parts, copy)
  return undefined
}
