// Looks at a store with nothing but node:fs: what would `cat` and `ls` show?
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { digestOf, keyOf, parseVersionFile } from './documents.mjs'

const TRASH_NAME = /^(\d+\.\d+\.\d+)\..+-[0-9a-f]+\.json$/
const PROMPT_FILE = '.prompt.json'

/** Live versions and trashed ones by key, and whatever is not as it should be; `unreadable` are the files that hold no document. */
export function readTree(directory) {
  const tree = { live: {}, trash: {}, problems: [], unreadable: [] }
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !entry.isDirectory()) continue
    for (const path of filesBelow(join(directory, entry.name))) takeLive(tree, path)
  }
  for (const path of filesBelow(join(directory, '.trash'))) takeTrashed(tree, path)
  return tree
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
  const document = readDocument(tree, path)
  if (document === undefined) return
  const key = keyOf(document.prompt_id, document.version)
  if (basename(path) !== `${document.version}.json`)
    tree.problems.push(`${path} holds version ${document.version}`)
  if (tree.live[key] !== undefined) tree.problems.push(`${path} is the second file of ${key}`)
  tree.live[key] = digestOf(document)
}

function takeTrashed(tree, path) {
  const document = readDocument(tree, path)
  if (document === undefined) return
  const [, version] = TRASH_NAME.exec(basename(path)) ?? []
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
