import { mapLimited } from '../../base/map-limited.js'
import { HEAD_FILE, isHeadFile, METADATA_FILE } from '../../document/store-names.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { Store } from '../../engine/store.js'
import type { VersionDocument } from '../version-storage.js'
import { HEAD_BYTES_MAX } from './head-file.js'
import { amendment, withHistorySince } from './metadata.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { conflictOf, REMOVE_TOGETHER, removing, type Gone } from './removing.js'
import { promptFileIn } from './store-layout.js'
import { findPromptDirectories } from './tree-scan.js'

const READ_AT_ONCE = 16

/** A file that is removed. In the directory of a prompt, only when its head goes, too, or is gone already. */
interface Cleared extends Gone {
  readonly directory?: string
}

/** A head, and all files of it and of its history. Each move changes the head, so these are all while it is the same. */
interface FoundHead {
  readonly bytes: Uint8Array | undefined
  readonly paths: readonly string[]
}

/**
 * Removes all versions with their heads, and the trash; a small store in one transaction. Foreign files stay. Each
 * transaction records in the mark that what happened before it is unknown now.
 */
export async function clearStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  mark: PlannedMark,
): Promise<void> {
  const heads = await findHeads(store)
  const gone = await allOf(store, heads)
  for (let at = 0; at < gone.length; at += REMOVE_TOGETHER) {
    const some = gone.slice(at, at + REMOVE_TOGETHER)
    const operations = some.map((one) => removal(one, heads))
    const conflict = await removeRecorded(store, mark, [...operations, ...absentHeads(some)])
    if (conflict === undefined) continue
    await Promise.all(some.map(async (one) => await clearOne(store, mark, one)))
  }
}

async function allOf<Version extends VersionDocument>(
  { layout, names, trash }: OpenStore<Version>,
  heads: ReadonlyMap<string, FoundHead>,
): Promise<readonly Cleared[]> {
  const gone: Cleared[] = [...(await trash.list())]
  await names.current()
  const directories = new Set(heads.keys())
  const ids = await names.promptIds()
  for (const promptId of ids) {
    const directory = layout.promptDirectory(promptId)
    directories.delete(directory)
    addHead(gone, directory, heads.get(directory))
    for (const version of await names.versions(promptId)) {
      const tag = layout.placeOf(promptId, version)
      gone.push({ path: layout.pathOf(tag), tag, directory })
    }
    addIdFile(gone, directory)
  }
  // A prompt may have a head and no version.
  for (const directory of directories) {
    addHead(gone, directory, heads.get(directory))
    addIdFile(gone, directory)
  }
  return gone
}

function addHead(gone: Cleared[], directory: string, head: FoundHead | undefined): void {
  for (const path of head?.paths ?? []) gone.push({ path, directory })
}

function addIdFile(gone: Cleared[], directory: string): void {
  const path = promptFileIn(directory)
  if (path !== undefined) gone.push({ path, directory })
}

function removal(gone: Cleared, heads: ReadonlyMap<string, FoundHead>): Operation {
  const { directory, path } = gone
  const bytes = path === `${directory}/${HEAD_FILE}` ? heads.get(directory ?? '')?.bytes : undefined
  return bytes === undefined || bytes.length === 0
    ? removing(gone)
    : { kind: 'remove', path, ifBytes: bytes }
}

/** What is removed in the directories whose heads are not removed with it must not be labelled meanwhile. */
function absentHeads(some: readonly Cleared[]): readonly Operation[] {
  const removed = new Set(some.map(({ path }) => path))
  const heads = new Set(
    some.flatMap(({ directory }) => (directory === undefined ? [] : `${directory}/${HEAD_FILE}`)),
  )
  return [...heads]
    .filter((path) => !removed.has(path))
    .map((path) => ({ kind: 'check', path, absent: true }))
}

/** Removes what is to be cleared, and records it; returns the path whose condition did not hold, undefined if all did. */
async function removeRecorded<Version extends VersionDocument>(
  { clock, directory }: OpenStore<Version>,
  mark: PlannedMark,
  operations: readonly Operation[],
): Promise<string | undefined> {
  for (;;) {
    const history = { since: clock.stamp().toISOString(), reason: 'cleared' }
    const noted = await amendment(directory, (found) => withHistorySince(found, history))
    const conflict = await conflictOf(mark, [...(noted ? [noted] : []), ...operations])
    if (conflict !== METADATA_FILE) return conflict
  }
}

/** Another call may have removed the file, or have changed the head. */
async function clearOne<Version extends VersionDocument>(
  store: OpenStore<Version>,
  mark: PlannedMark,
  gone: Cleared,
): Promise<void> {
  const { directory, path } = gone
  if (directory === undefined) return void (await removeRecorded(store, mark, [removing(gone)]))
  if (isHeadFile(path.slice(directory.length + 1))) return await clearHead(store, mark, directory)
  const head = `${directory}/${HEAD_FILE}`
  for (;;) {
    const check: Operation = { kind: 'check', path: head, absent: true }
    if ((await removeRecorded(store, mark, [removing(gone), check])) !== head) return
    await clearHead(store, mark, directory)
  }
}

async function clearHead<Version extends VersionDocument>(
  store: OpenStore<Version>,
  mark: PlannedMark,
  directory: string,
): Promise<void> {
  for (;;) {
    const found = await findHead(store.directory, directory)
    if (found === undefined) return
    const heads = new Map([[directory, found]])
    const operations = found.paths.map((path) => removal({ path, directory }, heads))
    const checks = absentHeads(found.paths.map((path) => ({ path, directory })))
    if ((await removeRecorded(store, mark, [...operations, ...checks])) === undefined) return
  }
}

async function findHeads<Version extends VersionDocument>({
  directory: store,
  layout,
  features,
}: OpenStore<Version>): Promise<ReadonlyMap<string, FoundHead>> {
  if (!(await features.mayRequire('heads'))) return new Map()
  const directories = await findPromptDirectories(store.volume, layout, () => undefined)
  const found = await mapLimited(directories, READ_AT_ONCE, async ({ directory }) => {
    const head = await findHead(store, directory)
    return head === undefined ? [] : [[directory, head] as const]
  })
  return new Map(found.flat())
}

async function findHead(store: Store, directory: string): Promise<FoundHead | undefined> {
  const path = `${directory}/${HEAD_FILE}`
  const bytes = await store.read(path, { maxBytes: HEAD_BYTES_MAX })
  const entries = (await store.volume.list(directory)) ?? []
  await store.waitForPublish()
  const files = entries
    .filter(({ kind, name }) => kind === 'file' && isHeadFile(name))
    .map(({ name }) => `${directory}/${name}`)
  return files.length === 0 ? undefined : { bytes, paths: files }
}
