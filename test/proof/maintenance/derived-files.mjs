// Checks the files that a store derives from its documents, with nothing but Node's own modules, as the documents of the
// format describe them. They may be missing or old; what they say and a reader would believe has to be so.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const SUMMARIES = '.summaries.jsonl'
const USAGE = '.usage.json'
const TRAILER = /,"checksum":"sha256:([0-9a-f]{64})"\}$/
const VERSION_FILE = /^\d+\.\d+\.\d+.*\.json(?:\.gz)?$/
const SHARD = /^[0-9a-f]{1,4}$/

/** @param {string} directory of a store without a process; `lines` is how many prompts the summaries show as they are now */
export function checkDerived(directory) {
  const problems = []
  const places = placesOf(directory)
  let lines = 0
  for (const [promptId, line] of summariesOf(directory, problems)) {
    const within = (places.get(promptId) ?? []).find((place) => stampOf(place) === line.directory)
    // A reader reads the documents of all others.
    if (within === undefined) continue
    lines++
    problems.push(...compare(promptId, within, line.versions))
  }
  return { problems: [...problems, ...usageProblems(directory)], lines }
}

/** The last line of each prompt. The file is replaced as a whole: a line that is not whole was written so. */
function summariesOf(directory, problems) {
  const found = new Map()
  const lines = read(join(directory, SUMMARIES))?.split('\n').slice(0, -1) ?? []
  for (const [at, line] of lines.entries()) {
    const [trailer = '', checksum] = TRAILER.exec(line) ?? []
    const body = line.slice(0, line.length - trailer.length)
    if (createHash('sha256').update(body).digest('hex') !== checksum)
      problems.push(`line ${at + 1} of ${SUMMARIES} has no valid checksum`)
    else found.set(JSON.parse(line).prompt_id, JSON.parse(line))
  }
  return found
}

function compare(promptId, within, versions) {
  const documents = documentsIn(within)
  const said = new Map(versions.map((one) => [one.version, one]))
  const problems = []
  for (const version of new Set([...said.keys(), ...documents.keys()])) {
    const [expected, found] = [documents, said].map((all) => factsOf(all.get(version)))
    if (expected !== found)
      problems.push(`the summary of ${promptId} ${version} says ${found}, its file ${expected}`)
  }
  return problems
}

function factsOf(one) {
  return one && JSON.stringify([one.size, one.author, one.created_at, one.parent_version])
}

function documentsIn(within) {
  const documents = new Map()
  for (const name of readdirSync(within).filter((one) => VERSION_FILE.test(one))) {
    const stored = readFileSync(join(within, name))
    const bytes = name.endsWith('.gz') ? gunzipSync(stored) : stored
    const { version, created_at, parent_version, metadata } = JSON.parse(bytes.toString())
    documents.set(version, {
      size: bytes.length,
      author: metadata.author,
      created_at,
      parent_version,
    })
  }
  return documents
}

/** The directories of each prompt: ids of this test are the names of their directories, in a shard or not. */
function placesOf(directory) {
  const places = new Map()
  const add = (within) => {
    for (const entry of readdirSync(within, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name.startsWith('.')) continue
      const path = join(within, entry.name)
      if (within === directory && SHARD.test(entry.name)) add(path)
      else places.set(entry.name, [...(places.get(entry.name) ?? []), path])
    }
  }
  add(directory)
  return places
}

function stampOf(path) {
  const { ino, ctimeNs } = lstatSync(path, { bigint: true })
  return `${ino.toString(16)}-${ctimeNs.toString(16)}`
}

function usageProblems(directory) {
  const text = read(join(directory, USAGE))
  if (text === undefined) return []
  try {
    const { format_version: format, hits, misses, documents } = JSON.parse(text)
    const isWhole = format === 1 && hits >= 0 && misses >= 0 && Array.isArray(documents)
    const wrong = documents.find(({ version, uses }) => typeof version !== 'string' || !(uses > 0))
    return isWhole && wrong === undefined ? [] : [`${USAGE} says ${JSON.stringify(wrong ?? text)}`]
  } catch (error) {
    return [`${USAGE} is not whole: ${error.message}`]
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
