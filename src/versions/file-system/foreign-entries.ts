import type { DirectoryEntry } from '../../engine/disk-port.js'
import {
  directoriesAbove,
  isEngineName,
  isTemporaryPath,
  QUARANTINE_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import {
  INDEX_FILE,
  METADATA_FILE,
  SUMMARY_FILE,
  TRASH_DIRECTORY,
  USAGE_FILE,
} from '../../document/store-names.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { StoreLayout } from './store-layout.js'
import { readable } from './tree-scan.js'
import type { OpenStore } from './open-store.js'
import type { VersionDocument } from '../version-storage.js'
import type { FindingKind } from './findings.js'
import { mayExist } from './version-files.js'

/** A foreign entry: a file or directory that the store did not create. */
interface ForeignEntry {
  readonly path: string
  readonly kind: 'foreign-file' | 'foreign-directory'
}

const OWN_NAMES = new Set([
  INDEX_FILE,
  SUMMARY_FILE,
  USAGE_FILE,
  METADATA_FILE,
  TRASH_DIRECTORY,
  QUARANTINE_DIRECTORY,
])
/** A store may be kept in git: docs/operations.md says how. */
const GIT_NAMES = new Set(['.git', '.gitattributes', '.gitignore'])

/** The foreign entries beside the prompts' directories; those inside are not looked for here. */
export async function findForeignEntries(
  volume: StoreFiles,
  layout: StoreLayout,
): Promise<ForeignEntry[]> {
  const found: ForeignEntry[][] = []
  for (const entry of (await volume.list('')) ?? []) {
    if (isEngineName(entry.name) || OWN_NAMES.has(entry.name) || GIT_NAMES.has(entry.name)) continue
    if (entry.kind === 'directory' && layout.isShard(entry.name)) {
      // A directory that may not be read is reported by the search for the prompts' directories.
      const list = async (): ReturnType<StoreFiles['list']> => await volume.list(entry.name)
      const inside = await readable(entry.name, () => undefined, list)
      // While the store is resharded, a directory of prompts may be that of a prompt, too, which is checked with it.
      const isPrompt = layout.isPromptDirectory(entry.name)
      const others = inside?.filter(({ kind }) => kind === 'directory' || !isPrompt)
      found.push(foreignEntriesIn(entry.name, others, layout))
    } else found.push(foreignEntriesIn('', [entry], layout))
  }
  for (const { name, kind } of (await volume.list(TEMPORARY_DIRECTORY)) ?? []) {
    const path = `${TEMPORARY_DIRECTORY}/${name}`
    if (kind !== 'file' || !isTemporaryPath(path)) found.push([foreignEntry(path, kind)])
  }
  return found.flat()
}

function foreignEntriesIn(
  parent: string,
  entries: readonly DirectoryEntry[] | undefined,
  layout: StoreLayout,
): ForeignEntry[] {
  return (entries ?? []).flatMap(({ name, kind }) => {
    const path = parent === '' ? name : `${parent}/${name}`
    return kind === 'directory' && layout.isPromptDirectory(path) ? [] : [foreignEntry(path, kind)]
  })
}

export function foreignEntry(path: string, kind: DirectoryEntry['kind']): ForeignEntry {
  return { path, kind: kind === 'directory' ? 'foreign-directory' : 'foreign-file' }
}

/**
 * The foreign files, links and devices in the place of a directory: the index or the list of lost files names versions
 * below them.
 */
export async function blockingOf<Version extends VersionDocument>(
  { directory, layout, names }: OpenStore<Version>,
  entries: readonly ForeignEntry[],
): Promise<ReadonlySet<string>> {
  const files = entries.filter(({ kind }) => kind === 'foreign-file')
  if (files.length === 0) return new Set()
  const isIndexed = names.has('', '') !== undefined
  const indexed = isIndexed ? await names.promptIds() : []
  const known = new Set([
    ...directory.lostFiles.flatMap(({ path }) => directoriesAbove(path)),
    ...indexed
      .flatMap((promptId) => layout.promptDirectories(promptId))
      .flatMap((directory) => directoriesAbove(`${directory}/`)),
  ])
  return new Set(files.map(({ path }) => path).filter((path) => known.has(path)))
}

export function isBelow(path: string, directories: ReadonlySet<string>): boolean {
  return directories.size > 0 && directoriesAbove(path).some((above) => directories.has(above))
}

/** A disagreement between the index and the directories. */
interface Difference {
  readonly kind: FindingKind
  readonly path: string
  readonly detail: string
}

/** @param seen by prompt, the versions whose files were read; those that the index shows are removed from it */
export async function differencesFromIndex<Version extends VersionDocument>(
  { names, layout, files }: OpenStore<Version>,
  seen: ReadonlyMap<string, Set<string>>,
): Promise<readonly Difference[]> {
  if (names.has('', '') === undefined) return []
  await names.current()
  const found: Difference[] = []
  for (const promptId of await names.promptIds()) {
    for (const version of await names.versions(promptId)) {
      if (seen.get(promptId)?.delete(version)) continue
      if (await mayExist(files, promptId, version)) continue
      const path = layout.versionPath(promptId, version)
      found.push({ kind: 'missing-file', path, detail: 'is in the index and not on the disk' })
    }
  }
  for (const [promptId, versions] of seen) {
    for (const version of versions) {
      if (names.has(promptId, version) === true) continue
      // It was deleted after its file was read.
      if (!(await mayExist(files, promptId, version))) continue
      const path = layout.versionPath(promptId, version)
      found.push({ kind: 'unlisted-file', path, detail: 'is on the disk and not in the index' })
    }
  }
  return found
}
