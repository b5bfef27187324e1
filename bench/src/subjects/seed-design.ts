import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PromptVersion } from '../../../dist/index.js'
import { documentOf, encode, promptAt, PROMPTS, storedNameAt, type Name } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, nameOf } from './paths.js'
import type { OpenSubject, Subject } from './subject.js'

interface LockModule {
  readonly flockSync: (file: number, how: 'ex' | 'un') => void
}

interface IndexEntry {
  latest_version: string
  version_count: number
  versions: string[]
  created_at: string
  updated_at: string
}

interface Index {
  version: '1.0.0'
  last_updated: string
  total_prompts: number
  total_versions: number
  readonly index: Record<string, IndexEntry>
}

/**
 * The design that this library began with, and that many stores of files have: each save locks a file beside the
 * version, writes a temporary file, flushes and renames it, then rewrites the whole index in the same way.
 */
export const openSeedDesign: OpenSubject = async (directory, { cache }) => {
  for (let at = 0; at < PROMPTS; at++) {
    await mkdir(join(directory, promptAt(at)), { recursive: true })
  }
  const { flockSync } = await loadPeer<LockModule>('fs-ext')
  const index = await loadIndex(directory)
  const cached = new Map<string, object>()
  // The lock of the index: in the original one of threads, so callers of this process wait for it in a queue.
  let indexed: Promise<void> = Promise.resolve()
  const get = async (name: Name): Promise<object> => {
    const found = cached.get(keyOf(name))
    if (found !== undefined) return found
    const path = join(directory, `${keyOf(name)}.json`)
    const document = JSON.parse(await readFile(path, 'utf8')) as object
    if (cache) cached.set(keyOf(name), document)
    return document
  }
  const save = async (document: PromptVersion): Promise<void> => {
    const path = join(directory, keyOf(nameOf(document)))
    const lock = await open(`${path}.lock`, 'a')
    try {
      flockSync(lock.fd, 'ex')
      if (await exists(`${path}.json`)) throw new Error(`${path}.json exists`)
      await writeAtomically(`${path}.json`, encode(document))
    } finally {
      await lock.close()
    }
    indexed = indexed.then(async () => {
      add(index, nameOf(document), new Date().toISOString())
      await writeAtomically(join(directory, '.index.json'), JSON.stringify(index, null, 2))
    })
    await indexed
    if (cache) cached.set(keyOf(nameOf(document)), document)
  }
  return {
    settings:
      'lock file beside each version, temporary file + fsync + rename, then the whole index in the same way; no directory is flushed',
    save,
    get,
    list: async (promptId) =>
      await Promise.all(
        (index.index[promptId]?.versions ?? []).map((version) => get({ promptId, version })),
      ),
    close: () => {},
  } satisfies Subject
}

/** The files of a store of `count` versions, unflushed and without locks: only its later use is measured. */
export async function buildSeedStore(directory: string, versions: number): Promise<void> {
  const index = await loadIndex(directory)
  const at = new Date().toISOString()
  for (let next = 0; next < versions; next++) {
    const name = storedNameAt(next, versions)
    if (name.version === '1.0.0') await mkdir(join(directory, name.promptId), { recursive: true })
    await writeFile(join(directory, `${keyOf(name)}.json`), encode(documentOf(name)))
    add(index, name, at)
  }
  await writeFile(join(directory, '.index.json'), JSON.stringify(index, null, 2))
}

async function loadIndex(directory: string): Promise<Index> {
  const names = await readdir(directory)
  if (names.includes('.index.json'))
    return JSON.parse(await readFile(join(directory, '.index.json'), 'utf8')) as Index
  return { version: '1.0.0', last_updated: '', total_prompts: 0, total_versions: 0, index: {} }
}

function add(index: Index, { promptId, version }: Name, at: string): void {
  const entry = (index.index[promptId] ??= {
    latest_version: version,
    version_count: 0,
    versions: [],
    created_at: at,
    updated_at: at,
  })
  if (entry.version_count === 0) index.total_prompts++
  entry.versions.push(version)
  entry.versions.sort(byNumber)
  entry.latest_version = entry.versions.at(-1) ?? version
  entry.version_count++
  entry.updated_at = at
  index.total_versions++
  index.last_updated = at
}

function byNumber(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number))
  return (
    (a?.[0] ?? 0) - (b?.[0] ?? 0) || (a?.[1] ?? 0) - (b?.[1] ?? 0) || (a?.[2] ?? 0) - (b?.[2] ?? 0)
  )
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp.${process.pid}`
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
