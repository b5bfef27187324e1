import { FormatError } from '../../base/errors.js'
import { nextTurn } from '../../base/clock.js'
import { checksumOf } from '../../document/checksum.js'
import { parseJsonObject, type JsonObject, type JsonValue } from '../../document/json.js'
import { isPromptId } from '../../document/prompt-id.js'
import { isTimestamp } from '../../document/timestamp.js'
import { isVersion, STORED_VERSIONS } from '../../document/version-number.js'
import type { VersionFacts } from '../version-summaries.js'

/** Most bytes of the file of summaries: some 400,000 versions. Further prompts are read from their documents. */
export const SUMMARY_BYTES_MAX: number = 64 * 1024 * 1024

/** What the documents of a prompt said when its directory had this stamp; with another stamp it proves nothing. */
export interface ProvenFacts {
  readonly stamp: string
  readonly facts: readonly VersionFacts[]
}

/** One line of JSON, its checksum at the end. */
export function encodeSummaryLine(promptId: string, { stamp, facts }: ProvenFacts): string {
  const body = `${START}${JSON.stringify(promptId)}${MIDDLE}${stamp}","versions":${JSON.stringify(facts)}`
  return `${body}${trailer(checksumOf(Buffer.from(body)))}\n`
}

/** `undefined` for anything that `encodeSummaryLine` would not write. */
export function decodeSummaryLine(promptId: string, line: Uint8Array): ProvenFacts | undefined {
  const object = parseLine(line)
  const stamp = object?.['directory']
  const versions = object?.['versions']
  if (object?.['prompt_id'] !== promptId || typeof stamp !== 'string' || !Array.isArray(versions))
    return undefined
  const facts = versions.map((value: JsonValue) => readFacts(value))
  return facts.every((one) => one !== undefined) ? { stamp, facts } : undefined
}

/** The lines of a file by prompt id, unchecked. A later line of the same prompt wins. */
export async function summaryLines(file: Uint8Array): Promise<Map<string, Uint8Array>> {
  const lines = new Map<string, Uint8Array>()
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length)
  let turnedAt = 0
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_END, at)
    const line = bytes.subarray(at, end === -1 ? bytes.length : end)
    const promptId = idOf(line)
    if (promptId !== undefined) lines.set(promptId, line)
    at += line.length + 1
    if (at - turnedAt < BYTES_A_TURN) continue
    turnedAt = at
    await nextTurn()
  }
  return lines
}

const START = '{"prompt_id":'
/** Within a text, JSON escapes every quote. */
const MIDDLE = ',"directory":"'
const LINE_END = 0x0a
const BYTES_A_TURN = 1024 * 1024
/** An id of 1024 bytes, all of them escaped. */
const HEAD_BYTES_MAX = START.length + 6 * 1024 + 2 + MIDDLE.length

function idOf(line: Buffer): string | undefined {
  const head = line.subarray(0, HEAD_BYTES_MAX).toString()
  const end = head.indexOf(`"${MIDDLE}`)
  if (!head.startsWith(START) || end === -1) return undefined
  try {
    const id: unknown = JSON.parse(head.slice(START.length, end + 1))
    return isPromptId(id) ? id : undefined
  } catch {
    return undefined
  }
}

function trailer(checksum: string): string {
  return `,"checksum":"${checksum}"}`
}

const TRAILER_BYTES = trailer(checksumOf(new Uint8Array(0))).length

function parseLine(line: Uint8Array): JsonObject | undefined {
  const body = line.subarray(0, Math.max(0, line.length - TRAILER_BYTES))
  const end = Buffer.from(line.subarray(body.length)).toString('latin1')
  if (end !== trailer(checksumOf(body))) return undefined
  try {
    return parseJsonObject(body, '}')
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** Undefined for a value of another form. */
function readFacts(value: JsonValue): VersionFacts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fits = Object.entries(value).every(([name, field]) => FIELDS.get(name)?.(field) === true)
  const isWhole = Object.hasOwn(value, 'version') && Object.hasOwn(value, 'size')
  return fits && isWhole ? (value as unknown as VersionFacts) : undefined
}

const isText = (value: unknown): boolean => typeof value === 'string'

const FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['version', (value: unknown) => isVersion(value, STORED_VERSIONS)],
  ['created_at', isTimestamp],
  ['saved_at', isTimestamp],
  ['parent_version', (value: unknown) => value === null || isVersion(value, STORED_VERSIONS)],
  ['author', isText],
  ['message', isText],
  ['score', (value: unknown) => typeof value === 'number'],
  ['size', (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0],
])
