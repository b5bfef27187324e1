// Reads what a FileStorage keeps with nothing but node:fs: key to the digest of its content. Shares nothing with the
// library. The keys of the workload are names on the disk as they are.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { splitOf, TORN } from './history.mjs'

const DOCUMENTS = '.meta'

export function readStoredFiles(directory) {
  const payloads = new Map()
  const entries = new Map()
  for (const { name } of readdirSync(directory, { withFileTypes: true })) {
    if (name.startsWith('.')) continue
    for (const path of filesBelow(join(directory, name)))
      payloads.set(relative(directory, path), sha256(readFileSync(path)))
  }
  for (const path of filesBelow(join(directory, DOCUMENTS))) {
    const key = relative(join(directory, DOCUMENTS), path).replace(/\.json$/, '')
    entries.set(key, held(digestIn(readFileSync(path, 'utf8'), key), payloads.get(key)))
  }
  for (const [key, payload] of payloads) if (!entries.has(key)) entries.set(key, splitOf(payload))
  return { entries, problems: [] }
}

function held(digest, payload) {
  if (digest === undefined) return TORN
  return digest === payload ? payload : splitOf(payload)
}

/** The digest that a document names; undefined for one that is cut off, changed, or of another key. */
function digestIn(text, key) {
  try {
    const { checksum, ...fields } = JSON.parse(text)
    const isWhole = checksum === `sha256:${sha256(JSON.stringify(fields))}`
    return isWhole && fields.key === key ? fields.digest : undefined
  } catch {
    return undefined
  }
}

function filesBelow(path) {
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  } catch (error) {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
