// The documents that are saved, and what their files have to look like, told without the library.
import { createHash } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz äöü 漢字 \n"\\'

/** A document of about `textBytes` bytes; `salt` makes it different from every other one of its name. */
export function documentOf({ promptId, version, salt, textBytes }) {
  return {
    version,
    prompt_id: promptId,
    created_at: new Date().toISOString(),
    parent_version: null,
    metadata: { author: 'torture', salt },
    prompt: {
      id: promptId,
      workflow_id: 'torture',
      node_id: salt,
      node_type: 'llm',
      text: textOf(salt, textBytes),
      role: 'system',
      variables: [],
      context: {},
    },
    analysis: null,
    optimization_result: null,
  }
}

function textOf(salt, bytes) {
  const line = `${salt} ${ALPHABET} `
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, Math.max(bytes, 1))
}

/** What makes two documents the same: every byte of their JSON. */
export function digestOf(document) {
  return sha256(JSON.stringify(document))
}

/**
 * Reads a version's file as the format describes it: indented JSON, at its end the time of the commit and the SHA-256 of
 * everything before that field. Throws when a byte is out of place. Returns the document without these fields.
 */
export function parseVersionFile(bytes) {
  const text = bytes.toString('utf8')
  const parsed = JSON.parse(text)
  const { checksum, ...document } = parsed
  const body = JSON.stringify(document, null, 2).slice(0, -'\n}'.length)
  const expected = `${body},\n  "checksum": "sha256:${sha256(body)}"\n}\n`
  if (checksum === undefined) throw new Error('the file has no checksum')
  if (text !== expected) throw new Error('the bytes are not what the checksum and the format say')
  const { $saved_at: savedAt, ...saved } = document
  if (savedAt === undefined) return saved
  if (Object.keys(document).at(-1) !== '$saved_at' || new Date(savedAt).toISOString() !== savedAt)
    throw new Error('the time of the commit is not as the format says')
  return saved
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex')
}

/** One name for a version of a prompt; NUL is not in any prompt id. */
export function keyOf(promptId, version) {
  return `${promptId}\0${version}`
}

export function partsOf(key) {
  const [promptId, version] = key.split('\0')
  return { promptId, version }
}

export function isHigher(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number))
  const place = a.findIndex((number, at) => number !== b[at])
  return place >= 0 && a[place] > b[place]
}
