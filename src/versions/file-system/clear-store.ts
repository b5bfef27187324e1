import { mapLimited } from '../../base/map-limited.js'
import { isHeadFile, METADATA_FILE } from '../../document/store-names.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { Store } from '../../engine/store.js'
import type { VersionDocument } from '../version-storage.js'
import { HEAD_BYTES_MAX } from './head-file.js'
import { amendment, withHistorySince } from './metadata.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { conflictOf, REMOVE_TOGETHER, removing, type Gone } from './removing.js'
import { headPathIn, promptFileIn, type KnownPlace } from './store-layout.js'
import { findPromptDirectories } from './tree-scan.js'

const READ_AT_ONCE = 16

/** A file that is removed. Of a prompt, only when its head goes, too, or is gone already. */
interface Cleared extends Gone {
  /** The directories that may hold the head. */
  readonly directories?: readonly string[]
}

/** A head, and all files of it and of its history. Each move changes the head, so these are all while it is the same. */
interface FoundHead {
  readonly bytes: Uint8Array | undefined
  readonly paths: readonly string[]
}

/** By the directory that holds it. */
type FoundHeads = ReadonlyMap<string, FoundHead>

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
  store: OpenStore<Version>,
  heads: FoundHeads,
): Promise<readonly Cleared[]> {
  const { layout, names, trash } = store
  const gone: Cleared[] = [...(await trash.list())]
  await names.current()
  const headed = new Set(heads.keys())
  const ids = await names.promptIds()
  for (const promptId of ids) {
    const directories = layout.promptDirectories(promptId)
    for (const directory of directories) {
      headed.delete(directory)
      addHead(gone, directories, heads.get(directory))
    }
    for (const version of await names.versions(promptId))
      for (const one of await filesOf(store, layout.placeOf(promptId, version)))
        gone.push({ ...one, directories })
    addIdFiles(gone, directories)
  }
  // A prompt may have a head and no version.
  for (const directory of headed) {
    addHead(gone, layout.directoriesBeside(directory), heads.get(directory))
    addIdFiles(gone, [directory])
  }
  return gone
}

/** The files of a version: one, unless another program has made more. */
async function filesOf<Version extends VersionDocument>(
  { files, layout }: OpenStore<Version>,
  tag: KnownPlace,
): Promise<readonly Gone[]> {
  if (layout.hasOnePlace) return [{ path: layout.pathOf(tag), tag }]
  const file = await files.locate(tag.promptId, tag.version)
  if (file === undefined) return []
  return [file, ...(await files.besides(file))].map(({ path, place }) => ({ path, tag: place }))
}

function addHead(
  gone: Cleared[],
  directories: readonly string[],
  head: FoundHead | undefined,
): void {
  for (const path of head?.paths ?? []) gone.push({ path, directories })
}

function addIdFiles(gone: Cleared[], directories: readonly string[]): void {
  for (const directory of directories) {
    const path = promptFileIn(directory)
    if (path !== undefined) gone.push({ path, directories })
  }
}

function removal(gone: Cleared, heads: FoundHeads): Operation {
  const { directories = [], path } = gone
  const holder = directories.find((directory) => path === headPathIn(directory))
  const bytes = holder === undefined ? undefined : heads.get(holder)?.bytes
  return bytes === undefined || bytes.length === 0
    ? removing(gone)
    : { kind: 'remove', path, ifBytes: bytes }
}

/** What is removed in the directories whose heads are not removed with it must not be labelled meanwhile. */
function absentHeads(some: readonly Cleared[]): readonly Operation[] {
  const removed = new Set(some.map(({ path }) => path))
  const heads = new Set(some.flatMap(({ directories = [] }) => directories.map(headPathIn)))
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

/** Another call may have removed or moved the file, or have changed the head. */
async function clearOne<Version extends VersionDocument>(
  store: OpenStore<Version>,
  mark: PlannedMark,
  gone: Cleared,
): Promise<void> {
  const { directories, path, tag } = gone
  if (directories === undefined) return void (await removeRecorded(store, mark, [removing(gone)]))
  if (isHeadFile(path.slice(path.lastIndexOf('/') + 1)))
    return await clearHead(store, mark, directories)
  const isMovable = tag !== undefined && !store.layout.hasOnePlace
  for (;;) {
    const some = isMovable ? await filesOf(store, tag) : [gone]
    if (some.length === 0) return
    const operations = some.map(removing)
    const conflict = await removeRecorded(store, mark, [
      ...operations,
      ...absentHeads([{ ...gone, path: '' }]),
    ])
    if (conflict === undefined) return
    if (directories.some((directory) => headPathIn(directory) === conflict))
      await clearHead(store, mark, directories)
    else if (!isMovable) return
  }
}

async function clearHead<Version extends VersionDocument>(
  store: OpenStore<Version>,
  mark: PlannedMark,
  directories: readonly string[],
): Promise<void> {
  for (;;) {
    const heads = await headsIn(store.directory, directories)
    const gone = [...heads.values()].flatMap(({ paths }) => paths)
    if (gone.length === 0) return
    const some = gone.map((path) => ({ path, directories }))
    const operations = some.map((one) => removal(one, heads))
    if ((await removeRecorded(store, mark, [...operations, ...absentHeads(some)])) === undefined)
      return
  }
}

async function findHeads<Version extends VersionDocument>({
  directory: store,
  layout,
  features,
}: OpenStore<Version>): Promise<FoundHeads> {
  if (!(await features.mayRequire('heads'))) return new Map()
  const prompts = await findPromptDirectories(store.volume, layout, () => undefined)
  const found = await mapLimited(
    prompts,
    READ_AT_ONCE,
    async ({ directory }) => await headsIn(store, layout.directoriesBeside(directory)),
  )
  return new Map(found.flatMap((heads) => [...heads]))
}

/**
 * Of all directories of a prompt, the first being that to which files are moved while the store is resharded. It is read
 * last: a file that is moved meanwhile is seen at one place at least, and what is gone from there is not removed.
 */
async function headsIn(store: Store, directories: readonly string[]): Promise<FoundHeads> {
  const heads = new Map<string, FoundHead>()
  for (const directory of [...directories].reverse()) {
    const head = await findHead(store, directory)
    if (head !== undefined) heads.set(directory, head)
  }
  return heads
}

async function findHead(store: Store, directory: string): Promise<FoundHead | undefined> {
  const bytes = await store.read(headPathIn(directory), { maxBytes: HEAD_BYTES_MAX })
  const entries = (await store.volume.list(directory)) ?? []
  await store.waitForPublish()
  const files = entries
    .filter(({ kind, name }) => kind === 'file' && isHeadFile(name))
    .map(({ name }) => `${directory}/${name}`)
  return files.length === 0 ? undefined : { bytes, paths: files }
}
