// Reads what a store keeps with nothing but node:fs: key to digest. Shares nothing with the library.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { keyOf } from '../crash/documents.mjs'
import { leftovers, readTree } from '../crash/files.mjs'
import { isWhole, TORN } from './history.mjs'
import { readRegistry } from './registry-files.mjs'
import { readStoredFiles } from './stored-files.mjs'

/**
 * The versions of a store: every file is parsed, and each of its bytes has to be what the format and its checksum say.
 * A file that is not is a problem of its own, whatever has caused it.
 */
export function readVersions(directory) {
  const { live, problems } = readTree(directory)
  return { entries: new Map(Object.entries(live)), problems: problems.map(torn) }
}

/**
 * As above, where loss of power may have torn what was not flushed: such a version is an entry that holds `TORN`. What is
 * torn in the trash had been deleted.
 */
export function readSoftVersions(directory) {
  const { live, problems, unreadable } = readTree(directory)
  const entries = new Map(Object.entries(live))
  for (const { path } of unreadable) {
    const [promptId, file, ...more] = relative(directory, path).split('/')
    if (more.length === 0) entries.set(keyOf(promptId, file.replace(/\.json$/, '')), TORN)
  }
  const known = new Set(unreadable.map(({ text }) => text))
  const others = problems.filter((text) => !known.has(text))
  return { entries, problems: others.map(torn), torn: unreadable.length }
}

/** The files of a directory, without what belongs to the engine: names at the top that begin with a dot. */
export function readFiles(directory) {
  const entries = new Map()
  for (const { name } of readdirSync(directory, { withFileTypes: true })) {
    if (name.startsWith('.')) continue
    for (const path of filesBelow(join(directory, name)))
      entries.set(relative(directory, path), sha256(readFileSync(path)))
  }
  return { entries, problems: [] }
}

/** How the stores of a subject are read: `entries`, key to digest, and `problems`. */
export const READERS = {
  versions: readVersions,
  softVersions: readSoftVersions,
  files: readFiles,
  storedFiles: readStoredFiles,
  registry: readRegistry,
}

/** As above, and what a recovery should have removed counts as a problem. */
export function withoutLeftovers({ problems, ...found }, directory) {
  const left = leftovers(directory).map((path) => ({
    kind: 'leftover',
    key: path,
    text: `${path} was left behind`,
  }))
  return { ...found, problems: [...problems, ...left] }
}

/** Whether the names that the library lists are the names that lie there. What is torn may be listed or not. */
export function compareNames(names, entries) {
  const listed = new Set(names)
  const whole = [...entries].filter(([, value]) => isWhole(value))
  const missing = whole.map(([key]) => key).filter((key) => !listed.has(key))
  const more = names.filter((key) => !entries.has(key))
  return [
    ...missing.map((key) => index(key, 'is in the tree and not in the index')),
    ...more.map((key) => index(key, 'is in the index and not in the tree')),
  ]
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

function filesBelow(path) {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
      const inside = join(path, entry.name)
      return entry.isDirectory() ? filesBelow(inside) : [inside]
    })
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
}

function torn(text) {
  return { kind: 'torn', key: text, text }
}

function index(key, what) {
  return { kind: 'index', key, text: `${key.replace('\0', ' ')} ${what}` }
}
