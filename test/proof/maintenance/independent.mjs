// Reads stores and backups with nothing but Node's own modules, as the documents of the format describe them.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseVersionFile } from '../crash/documents.mjs'

const HISTORY = /^\.labels(?:\.(\d+))?\.jsonl$/

/**
 * What a store holds, from the contents of its files by path: by prompt its versions (number to text), labels and their
 * moves; and what is wrong.
 */
export function readStore(files) {
  const problems = []
  const prompts = new Map()
  const promptOf = (id) => {
    if (!prompts.has(id)) prompts.set(id, { versions: new Map(), labels: {}, histories: [] })
    return prompts.get(id)
  }
  for (const [path, bytes] of files) {
    const name = basename(path)
    if (path.startsWith('.') || name === '.prompt.json') continue
    // Ids of this test are the names of their directories.
    const prompt = promptOf(path.split('/').at(-2))
    if (name === '.labels.json') prompt.labels = JSON.parse(bytes.toString()).labels
    else if (HISTORY.test(name)) takeHistory(prompt, path, bytes, problems)
    else takeVersion(prompt, path, bytes, problems)
  }
  for (const prompt of prompts.values()) prompt.moves = prompt.histories.flat()
  for (const [id, { versions, labels }] of prompts)
    for (const [label, { version }] of Object.entries(labels))
      if (!versions.has(version))
        problems.push(`label ${label} of ${id} names ${version}, which is missing`)
  return { prompts, problems }
}

function takeVersion({ versions }, path, bytes, problems) {
  try {
    const plain = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
    const { version, prompt, metadata } = parseVersionFile(plain)
    if (!basename(path).startsWith(`${version}.json`)) problems.push(`${path} holds ${version}`)
    if (versions.has(version)) problems.push(`${path} is the second file of its version`)
    versions.set(version, { text: prompt.text, author: metadata.author })
  } catch (error) {
    problems.push(`${path} (${bytes.length} bytes): ${error.message}`)
  }
}

function takeHistory({ histories }, path, bytes, problems) {
  const number = Number(HISTORY.exec(basename(path))[1] ?? 1)
  if (histories[number] !== undefined) problems.push(`${path} is the second file of its history`)
  histories[number] = linesOf(bytes)
}

function linesOf(bytes) {
  return bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** The contents of all files of a directory, by path; without the engine's own. */
export function filesOf(directory) {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true })
  const files = new Map()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const full = join(entry.parentPath ?? entry.path, entry.name)
    files.set(full.slice(directory.length + 1), readFileSync(full))
  }
  return files
}

/** The complete backups of a directory by their number: where each is, and what it says of itself. */
export function backupsOf(directory) {
  const backups = new Map()
  for (const name of readdirSync(directory)) {
    const lines = readManifest(join(directory, name))
    if (lines === undefined) continue
    const { backup } = lines.at(-1)
    backups.set(backup.sequence, { ...backup, directory: join(directory, name), lines })
  }
  return backups
}

function readManifest(directory) {
  try {
    return linesOf(readFileSync(join(directory, 'manifest.jsonl')))
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

/** The files of the state that a backup holds: its chain's, each the last that was written. */
export function filesOfBackup(backups, sequence) {
  const chain = []
  for (let at = sequence; at !== undefined; at = backups.get(at).previous?.sequence)
    chain.unshift(at)
  const found = new Map()
  for (const at of chain)
    for (const line of backups.get(at).lines) {
      if (line.removed !== undefined) found.delete(line.removed)
      if (line.file !== undefined) found.set(line.file, { ...line, from: line.in ?? at })
    }
  const files = new Map()
  for (const [path, { as, from, sha256 }] of found) {
    const bytes = readFileSync(join(backups.get(from).directory, as ?? join('files', path)))
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (digest !== sha256) throw new Error(`${path} of backup ${sequence} is damaged`)
    files.set(path, bytes)
  }
  return files
}
