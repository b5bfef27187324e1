import { FILE_DOCUMENTS_DIRECTORY } from '../../document/store-names.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import type { Store } from '../../engine/store.js'
import { compareKeys } from '../key.js'
import { continuation, isContinued, keyOfDocument, segmentOfEntry } from './path.js'

/** A name in the tree of documents. */
interface KeyEntry {
  /** The key so far; a directory's ends in '/'. */
  readonly key: string
  readonly path: string
  readonly isDirectory: boolean
}

/**
 * The keys of a tree of documents in the order of their bytes, those after `after` and with `prefix` only. Directories
 * without such keys are not entered; at any time one list for each level is in memory.
 */
export async function* walkKeys(
  directory: Store,
  options: PromptNameOptions,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<string> {
  yield* walkDocuments(directory, options, FILE_DOCUMENTS_DIRECTORY, { prefix, after })
}

/** As `walkKeys`, of another tree: what its documents are named after. */
export async function* walkDocuments(
  directory: Store,
  options: PromptNameOptions,
  root: string,
  { prefix, after }: { readonly prefix: string; readonly after: string | undefined },
): AsyncGenerator<string> {
  yield* walk(root, '')

  async function* walk(path: string, begin: string): AsyncGenerator<string> {
    for (const entry of await entriesOf(path, begin)) {
      if (!mayHold(entry, prefix, after)) continue
      if (entry.isDirectory) yield* walk(entry.path, entry.key)
      else yield entry.key
    }
  }

  async function entriesOf(path: string, begin: string): Promise<KeyEntry[]> {
    const found: KeyEntry[] = []
    for (const { name, path: at, isDirectory } of await namesIn(directory, path, '')) {
      const segment = segmentOfEntry(name, isDirectory, options)
      if (segment === undefined) continue
      found.push({ key: begin + segment + (isDirectory ? '/' : ''), path: at, isDirectory })
    }
    // With its '/' a directory sorts where its keys do.
    return found.sort((left, right) => compareKeys(left.key, right.key))
  }
}

function mayHold(
  { key, isDirectory }: KeyEntry,
  prefix: string,
  after: string | undefined,
): boolean {
  if (!isDirectory) return key.startsWith(prefix) && (after === undefined || isAfter(key, after))
  if (!key.startsWith(prefix) && !prefix.startsWith(key)) return false
  return after === undefined || after.startsWith(key) || isAfter(key, after)
}

function isAfter(key: string, after: string): boolean {
  return compareKeys(key, after) > 0
}

interface NameEntry {
  readonly name: string
  readonly path: string
  readonly isDirectory: boolean
}

/** The names in a directory; those that go on in directories of their own are joined. */
async function namesIn(directory: Store, path: string, begin: string): Promise<NameEntry[]> {
  const names: NameEntry[][] = []
  for (const entry of (await directory.volume.list(path)) ?? []) {
    const name = begin === '' ? entry.name : continuation(begin, entry.name)
    if (name === undefined || entry.kind === 'other') continue
    const at = `${path}/${entry.name}`
    if (goesOn(entry)) names.push(await namesIn(directory, at, name))
    else names.push([{ name, path: at, isDirectory: entry.kind === 'directory' }])
  }
  return names.flat()
}

function goesOn({ name, kind }: DirectoryEntry): boolean {
  return kind === 'directory' && isContinued(name)
}

/** Whether the names of a store with a lost mark are folded; `empty`: no files, `unclear`: neither way fits. */
export type InferredNames = boolean | 'empty' | 'unclear'

/**
 * Inferred from the names of the documents: upper case, or its escape, shows it.
 * @param foldCase for names that are the same either way
 */
export async function inferNames(volume: StoreFiles, foldCase: boolean): Promise<InferredNames> {
  const fits = new Map([
    [foldCase, true],
    [!foldCase, true],
  ])
  let found = false
  const left = [FILE_DOCUMENTS_DIRECTORY]
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    for (const { name, kind } of (await volume.list(directory)) ?? []) {
      const path = `${directory}/${name}`
      if (kind === 'directory') left.push(path)
      const keys = [...fits.keys()].map((fold) => keyOfDocument(path, { foldCase: fold }))
      // A name that is not a document either way is foreign.
      if (kind !== 'file' || keys.every((key) => key === undefined)) continue
      found = true
      for (const [at, fold] of [...fits.keys()].entries())
        if (keys[at] === undefined) fits.set(fold, false)
    }
  }
  if (!found) return 'empty'
  return [...fits].find(([, isFitting]) => isFitting)?.[0] ?? 'unclear'
}
