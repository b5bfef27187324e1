// Looks at a store with nothing but node:fs: what would `cat` and `ls` show?
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { digestOf, keyOf, parseVersionFile } from './documents.mjs'

const TRASH_NAME = /^(\d+\.\d+\.\d+)\.(.+)-[0-9a-f]+\.json$/
const PROMPT_FILE = '.prompt.json'
const HEAD_NAME = /^\.labels(\.\d+)?\.jsonl?$/

/** Live versions and trashed ones by key, and whatever is not as it should be; `unreadable` are the files that hold no document. */
export function readTree(directory) {
  const tree = { live: {}, trash: {}, problems: [], unreadable: [], times: {}, histories: {}, copies: [] } // prettier-ignore
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !entry.isDirectory()) continue
    for (const path of filesBelow(join(directory, entry.name))) takeLive(tree, path)
  }
  for (const path of filesBelow(join(directory, '.trash'))) takeTrashed(tree, path)
  return tree
}

/**
 * Whether versions and what the histories say of them were committed together: a version that was deleted, and not
 * restored since, is not there with the same commit time, and each copy in the trash has its entry.
 */
export function historyProblems({ times, histories, copies }) {
  const problems = []
  for (const [name, entries] of Object.entries(histories)) {
    const deleted = new Map()
    for (const entry of entries) {
      for (const [version, savedAt] of Object.entries(entry.deleted ?? {}))
        deleted.set(version, savedAt)
      for (const version of Object.keys(entry.restored ?? {})) deleted.delete(version)
    }
    for (const [version, savedAt] of deleted)
      if (savedAt !== null && times[`${name}/${version}.json`] === savedAt)
        problems.push(`${name} ${version} is there, and deleted by its history`)
  }
  for (const { path, name, version, time } of copies) {
    const isRecorded = (histories[name] ?? []).some(
      ({ deleted, at }) => deleted?.[version] !== undefined && at.replaceAll(':', '') === time,
    )
    if (!isRecorded) problems.push(`${path} was deleted, and its history does not say so`)
  }
  return problems
}

/** What a crash may have left behind and a recovery has to remove. */
export function leftovers(directory) {
  const staged = filesBelow(join(directory, '.tmp'))
  const filling = filesBelow(join(directory, '.journal')).filter((path) =>
    basename(path).startsWith('filling-'),
  )
  return [...staged, ...filling]
}

function takeLive(tree, path) {
  if (basename(path) === PROMPT_FILE) return
  if (HEAD_NAME.test(basename(path))) return takeHistory(tree, path)
  const document = readDocument(tree, path)
  if (document === undefined) return
  const key = keyOf(document.prompt_id, document.version)
  if (basename(path) !== `${document.version}.json`)
    tree.problems.push(`${path} holds version ${document.version}`)
  if (tree.live[key] !== undefined) tree.problems.push(`${path} is the second file of ${key}`)
  tree.live[key] = digestOf(document)
  const place = `${basename(dirname(path))}/${basename(path)}`
  tree.times[place] = JSON.parse(readFileSync(path, 'utf8')).$saved_at
}

/** Its files are read in the order of their names, so there may be nine of them. */
function takeHistory(tree, path) {
  if (!path.endsWith('.jsonl')) return
  const name = basename(dirname(path))
  const lines = readFileSync(path, 'utf8').split('\n').filter((line) => line !== '') // prettier-ignore
  tree.histories[name] = [...(tree.histories[name] ?? []), ...lines.map(parseLine)]
}

function parseLine(line) {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

function takeTrashed(tree, path) {
  const document = readDocument(tree, path)
  if (document === undefined) return
  const [, version, time] = TRASH_NAME.exec(basename(path)) ?? []
  tree.copies.push({ path, name: basename(dirname(path)), version, time })
  if (version !== document.version) tree.problems.push(`${path} holds version ${document.version}`)
  const key = keyOf(document.prompt_id, document.version)
  tree.trash[key] ??= []
  tree.trash[key].push(digestOf(document))
}

function readDocument(tree, path) {
  const bytes = readFileSync(path)
  try {
    return parseVersionFile(bytes)
  } catch (error) {
    const text = `${path} (${bytes.length} bytes): ${error.message}`
    tree.problems.push(text)
    tree.unreadable.push({ path, text })
    return undefined
  }
}

function filesBelow(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}
