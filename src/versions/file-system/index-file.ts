import { createHash } from 'node:crypto'
import { checksumOf } from '../../document/checksum.js'
import { parseJson, type JsonObject, type JsonValue } from '../../document/json.js'
import { isPromptId } from '../../document/prompt-id.js'
import { FormatError } from '../../base/errors.js'
import { isTimestamp } from '../../document/timestamp.js'
import { compareVersions, isVersion, STORED_VERSIONS } from '../../document/version-number.js'
import { VersionIndex, type PromptEntry } from '../version-index.js'
import { nextTurn, nowText } from '../../base/clock.js'
import { INDEX_FILE } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import { publish } from '../../base/channels.js'

/** The version of the index file's form. */
export const INDEX_FORMAT_VERSION = '2.0.0'
/** Most bytes of the index file: some million versions. Its content can be rebuilt from the directories. */
export const INDEX_BYTES_MAX: number = 256 * 1024 * 1024

export interface IndexFileFacts {
  /** Log sequence number of a commit that the file certainly holds; it may hold later ones, too. */
  readonly lsn: number
  /** ISO 8601, UTC. */
  readonly lastUpdated: string
}

/** The content of an index file. */
export interface DecodedIndex extends IndexFileFacts {
  readonly index: VersionIndex
  /** For each prompt the stamp of its directory in the state that the file shows; empty if no stamp proves it. */
  readonly stamps: ReadonlyMap<string, string>
}

/** The stamp of a prompt's directory; undefined if no stamp proves what the index shows. */
export type StampOf = (promptId: string) => string | undefined

/**
 * The text of an index file, compact, in pieces of about 16 KiB, so that the caller can do other work between two.
 * The index may change meanwhile: each prompt is written as it is at its turn, and the totals are those of what was
 * written, which is why they are at the end. Replaying the journal from `lsn` on makes it exact.
 */
export function* encodeIndexChunks(
  index: VersionIndex,
  facts: IndexFileFacts,
  stampOf: StampOf,
): Generator<string, void, undefined> {
  const sum = createHash('sha256')
  for (const piece of encodePieces(index, facts, stampOf)) {
    sum.update(piece)
    yield piece
  }
  yield trailer(`sha256:${sum.digest('hex')}`)
}

function* encodePieces(
  index: VersionIndex,
  facts: IndexFileFacts,
  stampOf: StampOf,
): Generator<string, void, undefined> {
  const totals = { prompts: 0, versions: 0 }
  let text = head(facts)
  for (const promptId of idsOnce(index)) {
    const entry = index.entry(promptId)
    if (entry === undefined) continue
    // A copy: versions that come or go between two pieces must not shift the rest.
    const versions = [...entry.versions]
    text +=
      (totals.prompts === 0 ? '' : ',') + entryHead(promptId, entry, versions, stampOf(promptId))
    for (let from = 0; from < versions.length; from += VERSIONS_A_PIECE) {
      text +=
        (from === 0 ? '' : ',') +
        versions
          .slice(from, from + VERSIONS_A_PIECE)
          .map(quote)
          .join()
      if (text.length < PIECE_CHARACTERS) continue
      yield text
      text = ''
    }
    text += ']}'
    totals.prompts++
    totals.versions += versions.length
  }
  yield `${text}},"total_prompts":${totals.prompts},"total_versions":${totals.versions}`
}

/** `undefined` for anything that `encodeIndexChunks` would not write: the caller then rebuilds the index. */
export function decodeIndex(bytes: Uint8Array): DecodedIndex | undefined {
  const file = parseWhole(bytes)
  if (file === undefined || !hasExactly(file, FILE_FIELDS)) return undefined
  const { version, lsn, last_updated: lastUpdated, index: entries } = file
  if (version !== INDEX_FORMAT_VERSION || !isCount(lsn) || !isTimestamp(lastUpdated))
    return undefined
  if (!isObject(entries)) return undefined
  const index = new VersionIndex()
  const stamps = new Map<string, string>()
  for (const [promptId, entry] of Object.entries(entries)) {
    const stamp = isPromptId(promptId) && isObject(entry) && readEntry(index, promptId, entry)
    if (typeof stamp !== 'string') return undefined
    stamps.set(promptId, stamp)
  }
  const complete =
    file['total_prompts'] === index.totalPrompts && file['total_versions'] === index.totalVersions
  return complete ? { index, lsn, lastUpdated, stamps } : undefined
}

/** Whether this is an undamaged index file in the form of another version of Holdfast. */
export function isOtherIndexForm(bytes: Uint8Array): boolean {
  const version = parseWhole(bytes)?.['version']
  return typeof version === 'string' && version !== INDEX_FORMAT_VERSION
}

function parseWhole(bytes: Uint8Array): JsonObject | undefined {
  return hasItsChecksum(bytes) ? parseObject(bytes) : undefined
}

const PIECE_CHARACTERS = 16 * 1024
const VERSIONS_A_PIECE = 1000
const FILE_FIELDS = [
  'version',
  'last_updated',
  'lsn',
  'index',
  'total_prompts',
  'total_versions',
  'checksum',
]
const ENTRY_FIELDS = [
  'latest_version',
  'version_count',
  'created_at',
  'updated_at',
  'directory',
  'versions',
]
const STAMP = /^(?:[0-9a-f]+-[0-9a-f]+)?$/

function head(facts: IndexFileFacts): string {
  const updated = JSON.stringify(facts.lastUpdated)
  return `{"version":"${INDEX_FORMAT_VERSION}","last_updated":${updated},"lsn":${facts.lsn},"index":{`
}

/** Without it, a prompt that is removed and saved again during the iteration would have two turns. */
function* idsOnce(index: VersionIndex): Generator<string, void, undefined> {
  const seen = new Set<string>()
  for (const promptId of index.ids()) {
    if (seen.has(promptId)) continue
    seen.add(promptId)
    yield promptId
  }
}

function entryHead(
  promptId: string,
  entry: PromptEntry,
  versions: readonly string[],
  stamp = '',
): string {
  const latest = quote(versions.at(-1) ?? '')
  const times = `"created_at":"${iso(entry.createdAtMs)}","updated_at":"${iso(entry.updatedAtMs)}"`
  return `${JSON.stringify(promptId)}:{"latest_version":${latest},"version_count":${versions.length},${times},"directory":"${stamp}","versions":[`
}

/** A version has no character that JSON would escape. */
function quote(version: string): string {
  return `"${version}"`
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** The last field, as in a version's file: over all bytes before it. */
function trailer(checksum: string): string {
  return `,"checksum":"${checksum}"}\n`
}

const TRAILER_BYTES = trailer(checksumOf(new Uint8Array(0))).length

function hasItsChecksum(bytes: Uint8Array): boolean {
  const body = bytes.subarray(0, Math.max(0, bytes.length - TRAILER_BYTES))
  const end = Buffer.from(bytes.subarray(body.length)).toString('latin1')
  return end === trailer(checksumOf(body))
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(bytes)
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** The stamp of the directory; false for a value that is not an entry. */
function readEntry(index: VersionIndex, promptId: string, entry: JsonObject): string | false {
  if (!hasExactly(entry, ENTRY_FIELDS)) return false
  const {
    versions,
    latest_version: latest,
    version_count: count,
    created_at: created,
    updated_at: updated,
    directory: stamp,
  } = entry
  if (typeof stamp !== 'string' || !STAMP.test(stamp)) return false
  if (!isVersionList(versions) || latest !== versions.at(-1) || count !== versions.length)
    return false
  if (!isTimestamp(created) || !isTimestamp(updated)) return false
  const [createdAtMs, updatedAtMs] = [Date.parse(created), Date.parse(updated)]
  if (createdAtMs > updatedAtMs) return false
  index.load(promptId, { versions, createdAtMs, updatedAtMs })
  return stamp
}

/** Not empty, strictly ascending. */
function isVersionList(value: JsonValue | undefined): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const items: readonly unknown[] = value
  return items.every((item, at) => {
    if (!isVersion(item, STORED_VERSIONS)) return false
    return at === 0 || compareVersions(items[at - 1] as string, item) < 0
  })
}

function hasExactly(object: JsonObject, fields: readonly string[]): boolean {
  return (
    Object.keys(object).length === fields.length &&
    fields.every((field) => Object.hasOwn(object, field))
  )
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** An unreadable file is treated as missing: the index can be rebuilt. */
export async function readIndexFile({ path, volume }: Store): Promise<Uint8Array | undefined> {
  try {
    return await volume.read(INDEX_FILE, INDEX_BYTES_MAX)
  } catch (error) {
    publish('background-error', () => ({ directory: path, stage: 'index', error }))
    return undefined
  }
}

/** Writes the index's file piece by piece, so that the event loop is never blocked for long. */
export async function writeIndexFile(
  { volume }: Store,
  index: VersionIndex,
  lsn: number,
  stampOf: StampOf,
): Promise<void> {
  const chunks: Buffer[] = []
  const facts = { lsn, lastUpdated: nowText() }
  for (const chunk of encodeIndexChunks(index, facts, stampOf)) {
    chunks.push(Buffer.from(chunk))
    await nextTurn()
  }
  await volume.write(INDEX_FILE, Buffer.concat(chunks), { replace: true, flush: true })
}
