import { mapLimited } from '../../base/map-limited.js'
import { HEAD_FILE, isHeadFile } from '../../document/store-names.js'
import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { conflictOf, REMOVE_TOGETHER, removeAll, removing, type Gone } from './removing.js'
import { promptFileIn } from './store-layout.js'
import { findPromptDirectories } from './tree-scan.js'

const CLEARED_AT_ONCE = 16

/** A file that goes only when the prompt has no head any more: a label must not name what is removed. */
interface Unlabelled extends Gone {
  readonly directory: string
}

/** Removes all prompts, their heads first. Not one transaction: what others save meanwhile may stay. */
export async function clearPrompts<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<void> {
  const { directory, layout, names } = store
  const headed = await clearHeads(store)
  await names.current()
  const gone: Unlabelled[] = []
  for (const promptId of await names.promptIds()) {
    const within = layout.promptDirectory(promptId)
    for (const version of await names.versions(promptId)) {
      const tag = layout.placeOf(promptId, version)
      gone.push({ path: layout.pathOf(tag), tag, directory: within })
    }
    const path = promptFileIn(within)
    if (path !== undefined) gone.push({ path, directory: within })
  }
  await removeUnlabelled(store, gone)
  // A prompt whose versions were all deleted may have a head, and the file of its id.
  const paths = new Set(gone.map(({ path }) => path))
  const idFiles = headed.map(promptFileIn).filter((path) => path !== undefined && !paths.has(path))
  await removeAll(
    directory,
    idFiles.map((path) => ({ path: path ?? '' })),
  )
}

/** Returns the directories that had a head. */
async function clearHeads<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<readonly string[]> {
  const { directory, layout, features } = store
  if (!(await features.mayRequire('heads'))) return []
  const found = await findPromptDirectories(directory.volume, layout, () => undefined)
  const headed = await mapLimited(found, CLEARED_AT_ONCE, async (prompt) =>
    (await clearHead(store, prompt.directory)) ? [prompt.directory] : [],
  )
  return headed.flat()
}

/** Removes a head with its history; a move that comes in between is removed, too. False if there was none. */
async function clearHead<Version extends VersionDocument>(
  { directory }: OpenStore<Version>,
  within: string,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const entries = (await directory.volume.list(within)) ?? []
    const files = entries
      .filter(({ kind, name }) => kind === 'file' && isHeadFile(name))
      .map(({ name }) => `${within}/${name}`)
    if (files.length === 0) return attempt > 0
    await conflictOf(
      directory,
      files.map((path) => removing({ path })),
    )
    await directory.waitForPublish()
  }
}

async function removeUnlabelled<Version extends VersionDocument>(
  store: OpenStore<Version>,
  gone: readonly Unlabelled[],
): Promise<void> {
  for (let at = 0; at < gone.length; at += REMOVE_TOGETHER) {
    const some = gone.slice(at, at + REMOVE_TOGETHER)
    const heads = new Set(some.map(({ directory }) => `${directory}/${HEAD_FILE}`))
    const checks = [...heads].map((path) => ({
      kind: 'check' as const,
      path,
      absent: true as const,
    }))
    const conflict = await conflictOf(store.directory, [...some.map(removing), ...checks])
    if (conflict === undefined) continue
    await Promise.all(some.map(async (one) => await removeOne(store, one)))
  }
}

/** Another call may have removed the file, or have labelled the prompt again. */
async function removeOne<Version extends VersionDocument>(
  store: OpenStore<Version>,
  gone: Unlabelled,
): Promise<void> {
  const head = `${gone.directory}/${HEAD_FILE}`
  for (;;) {
    const check = { kind: 'check', path: head, absent: true } as const
    const conflict = await conflictOf(store.directory, [removing(gone), check])
    if (conflict !== head) return
    await clearHead(store, gone.directory)
  }
}
