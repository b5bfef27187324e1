// Reads what a store of versions and labels keeps with nothing but node:fs, in whatever directory and form a version
// is: key to digest, and for a label the version that it names. Shares nothing with the library.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { digestOf, keyOf, parseVersionFile } from '../crash/documents.mjs'

const LABEL = '#'
const HEAD = '.labels.json'
const HISTORY = /^\.labels(?:\.(\d+))?\.jsonl$/

export function labelKey(promptId, label) {
  return keyOf(promptId, `${LABEL}${label}`)
}

export function isLabelKey(key) {
  return key.includes(keyOf('', LABEL))
}

/** Ids of the workload are the names of their directories. */
export function readRegistry(directory) {
  const entries = new Map()
  const problems = []
  const heads = new Map()
  const histories = new Map()
  for (const path of filesOf(directory)) {
    const name = basename(path)
    const promptId = basename(dirname(path))
    const bytes = readFileSync(join(directory, path))
    try {
      if (name === HEAD) {
        if (heads.has(promptId)) throw new Error('is the second head of its prompt')
        heads.set(promptId, JSON.parse(bytes))
      } else if (HISTORY.test(name)) {
        // While the store is resharded, a part of the history may be in the other directory.
        const files = histories.get(promptId) ?? []
        const number = Number(HISTORY.exec(name)[1] ?? 1)
        if (files[number] !== undefined) throw new Error('is the second file of its history')
        files[number] = linesOf(bytes)
        histories.set(promptId, files)
      } else if (name !== '.prompt.json') takeVersion(entries, name, bytes)
    } catch (error) {
      problems.push(torn(`${path} (${bytes.length} bytes) ${error.message}`))
    }
  }
  for (const [promptId, { labels }] of heads) {
    const moves = (histories.get(promptId) ?? []).flat()
    histories.delete(promptId)
    for (const [label, { version }] of Object.entries(labels)) {
      entries.set(labelKey(promptId, label), version)
      if (!entries.has(keyOf(promptId, version)))
        problems.push(torn(`${label} of ${promptId} names ${version}, which is missing`))
      const of = moves.filter((one) => one.label === label)
      const isWhole = of.every(({ from }, at) => from === (of[at - 1]?.to ?? null))
      if (!isWhole || of.at(-1)?.to !== version)
        problems.push(torn(`the history of ${label} of ${promptId} does not lead to ${version}`))
    }
  }
  for (const promptId of histories.keys())
    problems.push(torn(`${promptId} has a history and no head`))
  return { entries, problems }
}

function takeVersion(entries, name, bytes) {
  const isPacked = name.endsWith('.gz')
  const document = parseVersionFile(isPacked ? gunzipSync(bytes) : bytes)
  if (name !== `${document.version}.json${isPacked ? '.gz' : ''}`)
    throw new Error(`holds version ${document.version}`)
  const key = keyOf(document.prompt_id, document.version)
  if (entries.has(key)) throw new Error('is the second file of its version')
  entries.set(key, digestOf(document))
}

function linesOf(bytes) {
  const lines = bytes.toString().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

/** The files of prompts, relative to the directory. */
function filesOf(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) =>
      readdirSync(join(directory, name), { withFileTypes: true, recursive: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    )
    .map((path) => path.slice(directory.length + 1))
}

function torn(text) {
  return { kind: 'torn', key: text, text }
}
