import type { FileBackend, StoredFile } from './backend.js'
import { untilSteady } from './contention.js'
import { copyFile, type CopyRequest } from './copy-file.js'
import type { FileParts } from './file-parts.js'
import { LocalBackend } from './local/local-backend.js'
import { forgetRemoved, isConflict, removeUnchanged } from './maintenance.js'

/** Whether there was a file to be moved; undefined when it was changed meanwhile, so that the move has to begin again. */
type Attempt = { readonly found: boolean } | undefined

/**
 * Stores a file under another key, and removes it under its own. Of several who move one file, one gets true; false when
 * there is none. In a directory both are one commit.
 */
export async function moveFile(parts: FileParts, request: CopyRequest): Promise<boolean> {
  const { backend } = parts
  let { condition } = request
  return await untilSteady(request.from, parts.config.lockTimeoutMs, async () => {
    if (backend instanceof LocalBackend) return await moveAtOnce(parts, backend, request)
    return await moveInSteps(parts, { ...request, condition }, (kept) => {
      // What the caller expected there has been replaced by our copy.
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
  const putMoved = async (file: StoredFile): Promise<FileBackend['put']> => {
    source = file
    const removal = await backend.removalOf(file)
    return async (...put) => await backend.put(...put, () => removal)
  }
  try {
    const copied = await copyFile(parts, request, putMoved)
    if (copied === undefined) return { found: false }
    parts.quota.release(copied.source.storedBytes)
    return { found: true }
  } catch (error) {
    if (source === undefined || !isConflict(error)) throw error
    // A condition on the target that does not hold is the caller's.
    if ((await backend.head(source.key))?.etag === source.etag) throw error
    return undefined
  } finally {
    forgetRemoved(parts, request.from)
  }
}

/** @param kept is told of a copy that is not taken back, since it has replaced another file */
async function moveInSteps(
  parts: FileParts,
  request: CopyRequest,
  kept: (copy: StoredFile) => void,
): Promise<Attempt> {
  const copied = await copyFile(parts, request)
  if (copied === undefined) return { found: false }
  const { source, copy, replaced } = copied
  if (await removeUnchanged(parts, source)) return { found: true }
  if (replaced) kept(copy)
  else await removeUnchanged(parts, copy)
  return undefined
}
