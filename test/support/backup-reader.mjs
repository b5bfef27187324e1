// What a backup holds, by the manifests and the files alone: no code of the library is used.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const NOT_STORED = new Set([
  '.lock',
  '.presence',
  '.checkpoint',
  '.owner',
  '.alive',
  '.shared',
  '.journal',
  '.tmp',
  '.index.json',
])

/** The numbers of the finished backups of a directory, the oldest first. */
export function backupNumbers(directory) {
  return finished(directory)
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
}

/** The files of a backup: their contents by their paths. Throws for anything that does not match the manifest. */
export function backedUp(directory, sequence) {
  const names = new Map(finished(directory).map((name) => [Number.parseInt(name, 10), name]))
  const chain = []
  for (let number = sequence; number !== null;) {
    const manifest = readManifest(join(directory, names.get(number), 'manifest.jsonl'))
    chain.unshift(manifest)
    number = manifest.summary.previous?.sequence ?? null
  }
  const files = new Map()
  for (const { lines, summary } of chain) {
    for (const line of lines) {
      if (line.removed === undefined) files.set(line.file, { in: summary.sequence, ...line })
      else files.delete(line.removed)
    }
  }
  const contents = new Map()
  for (const [path, { in: number, as = `files/${path}`, bytes, sha256 }] of files) {
    const content = readFileSync(join(directory, names.get(number), as))
    if (content.length !== bytes)
      throw new Error(`${path} has ${content.length} bytes, not ${bytes}`)
    if (digestOf(content) !== sha256) throw new Error(`${path} has another content`)
    contents.set(path, content)
  }
  const { summary } = chain.at(-1)
  if (summary.files !== contents.size)
    throw new Error(`${contents.size} files, not ${summary.files}`)
  return { summary, contents }
}

/** The plain files of a store, without those that are the engine's or derived. */
export function storedFiles(directory, below = '') {
  const contents = new Map()
  for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
    if (below === '' && NOT_STORED.has(entry.name)) continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isFile()) contents.set(path, readFileSync(join(directory, path)))
    else if (entry.isDirectory())
      for (const [inner, content] of storedFiles(directory, path)) contents.set(inner, content)
  }
  return contents
}

/** Digests by paths, sorted: what two states are compared by. */
export function digests(contents) {
  return [...contents].map(([path, content]) => `${path} ${digestOf(content)}`).sort()
}

function finished(directory) {
  return readdirSync(directory).filter(
    (name) =>
      /^\d{6,9}-/.test(name) && readdirSync(join(directory, name)).includes('manifest.jsonl'),
  )
}

function readManifest(path) {
  const text = readFileSync(path, 'utf8')
  const at = text.lastIndexOf(',"checksum":"sha256:')
  if (!text.endsWith(`${digestOf(Buffer.from(text.slice(0, at)))}"}\n`))
    throw new Error(`the checksum of ${path} does not match`)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { backup: summary } = lines.pop()
  return { summary, lines }
}

function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
