import { decodeRecords, OperationKind } from '../../format/record.js'
import { flushDirectories } from './flush.js'
import { parentOf, type PortableRoot } from './root.js'
import { pruneParents, publishStaged, removeFile, stageFile, unlinkPresent } from './write.js'

/**
 * Makes the files match the records. Each is rewritten and replaces what is there, without a comparison: after a failed
 * writeback the page cache shows new bytes over old ones on the disk. External contents are left out.
 */
export async function redoRecords(
  root: PortableRoot,
  records: Uint8Array,
  flush: boolean,
): Promise<void> {
  const changed = new Set<string>()
  for (const { kind, path, content, external } of decodeRecords(records).flat()) {
    if (external) continue
    if (kind === OperationKind.remove) {
      await removeFile(root, path)
      await pruneParents(root, path)
    } else {
      await root.makeParents(path)
      await rewrite(root, path, content, flush)
    }
    changed.add(parentOf(path))
  }
  // Directories that were pruned are skipped here; the parent of each has changed too.
  if (flush) await flushDirectories(root, withAncestors(changed))
}

async function rewrite(
  root: PortableRoot,
  path: string,
  content: Uint8Array,
  flush: boolean,
): Promise<void> {
  const staged = await stageFile(root, content, { flush })
  try {
    await publishStaged(root, staged, path, true)
  } finally {
    await unlinkPresent(root, staged)
  }
}

function withAncestors(directories: ReadonlySet<string>): string[] {
  const all = new Set(['', ...directories])
  for (const directory of directories) {
    for (let parent = directory; parent !== ''; parent = parentOf(parent)) all.add(parent)
  }
  return [...all]
}
