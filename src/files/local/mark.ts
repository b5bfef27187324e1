import { outOfRange } from '../../base/misuse.js'
import { nowText } from '../../base/clock.js'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import { parseJsonObject, withoutByteOrderMark, type JsonObject } from '../../document/json.js'
import {
  FILES_CLAIM,
  FILES_MARK_FILE,
  FILE_VERSIONS_DIRECTORY,
} from '../../document/store-names.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { Store } from '../../engine/store.js'
import { checkRequires } from '../../engine/opening/directory-mark.js'
import { assertNoRival, createMark, isBlankMark } from '../../engine/opening/store-claim.js'
import { FormatError, isConflict, StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { KEEPS_NONE, type KeepSetting } from '../kept.js'
import { parseKeyRecords, withRecords, type KeyRecords } from '../pipeline/keys.js'
import { inferNames } from './keys.js'

/**
 * How names are written in this directory: decided by the first process, by what its disk can tell apart, and kept in
 * the mark, since the directory may be copied to another disk.
 *
 * @throws StorageError FS-FORMAT-001 for the directory of another kind of store
 */
export async function readMark(directory: Store): Promise<PromptNameOptions> {
  await assertNoRival(directory, FILES_CLAIM)
  const found = await directory.read(FILES_MARK_FILE, { maxBytes: MARK_BYTES_MAX })
  if (found !== undefined && !isBlankMark(found)) return parseMark(found, directory.path)
  const inferred = await inferNames(directory.volume, !directory.volume.capabilities.caseSensitive)
  if (inferred === 'unclear') throw refusal(directory.path, LOST)
  const foldCase = inferred === 'empty' ? !directory.volume.capabilities.caseSensitive : inferred
  // Inferred from the names alone, where nothing can be written.
  if (directory.isReadOnly && inferred !== 'empty') return { foldCase }
  if (directory.isReadOnly)
    throw refusal(directory.path, 'it holds no files, and it was opened to be read', 'no_store')
  const mark = {
    format: 1,
    names: foldCase ? 'fold-case' : 'case-sensitive',
    created_at: nowText(),
    requires: (await directory.volume.list(FILE_VERSIONS_DIRECTORY)) ? [KEPT_VERSIONS] : [],
  }
  if (await createMark(directory, FILES_CLAIM, encode(mark))) {
    if (inferred !== 'empty') tellRebuilt(directory, mark.names)
    return { foldCase }
  }
  return parseMark(await markOf(directory), directory.path)
}

const LOST = `its '${FILES_MARK_FILE}' is missing, and the names of its files do not tell how it was made; restore that file from a backup, or store the files in a new directory`

function tellRebuilt({ path }: Store, names: string): void {
  const message = `'${FILES_MARK_FILE}' was missing and is made again from the names of the files: ${names}`
  publish('warning', () => ({ directory: path, code: 'mark-rebuilt', message }))
}

/** Versions that do not know documents of format 2 would treat them as damaged. */
const SEALED_DOCUMENTS = 'sealed-documents'
/** Versions that do not know it would replace and remove files without keeping them. */
const KEPT_VERSIONS = 'kept-versions'
const KNOWN_FEATURES = [SEALED_DOCUMENTS, KEPT_VERSIONS]

/** The records that identify the keys of the store's encrypted files. @throws StorageError FS-FORMAT-001 */
export async function readKeyRecords(directory: Store): Promise<KeyRecords> {
  return recordsOf(await markOf(directory), directory.path)
}

/** Adds records for ids that have none; of two processes at once, the second finds what the first has added. */
export async function addKeyRecords(directory: Store, added: KeyRecords): Promise<KeyRecords> {
  for (;;) {
    const found = await markOf(directory)
    const records = recordsOf(found, directory.path)
    const all = withRecords(records, added)
    // A read-only opening checks the keys each time.
    if (all === undefined || directory.isReadOnly) return records
    const mark = requiring(SEALED_DOCUMENTS, found)
    const bytes = encode({ ...mark, keys: Object.fromEntries(all) })
    if (bytes.length > MARK_BYTES_MAX)
      throw outOfRange(`'${FILES_MARK_FILE}' has no room for more keys: ${all.size} are too many`)
    if (await replaceMark(directory, found, bytes)) return all
  }
}

/** Which versions of files are kept here, by the mark. @throws StorageError FS-FORMAT-001 */
export async function readKeepSetting(directory: Store): Promise<KeepSetting> {
  return keepSettingOf(await markOf(directory), directory.path)
}

/** Writes to the mark which versions are kept from now on, by every process. A read-only store stays as it is. */
export async function writeKeepSetting(directory: Store, given: KeepSetting): Promise<void> {
  const { most, days } = given
  for (;;) {
    const found = await markOf(directory)
    const now = keepSettingOf(found, directory.path)
    if (directory.isReadOnly || (now.most === most && now.days === days)) return
    const versions = days === undefined ? { keep: most } : { keep: most, days }
    const bytes = encode({ ...requiring(KEPT_VERSIONS, found), versions })
    if (await replaceMark(directory, found, bytes)) return
  }
}

/** False when another process has changed it. */
async function replaceMark(
  directory: Store,
  found: Uint8Array,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    await directory.commit([{ kind: 'replace', path: FILES_MARK_FILE, bytes, ifBytes: found }])
    await directory.flush()
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

/** The fields of a mark, with a feature that its readers must know. */
function requiring(feature: string, mark: Uint8Array): JsonObject {
  const fields = fieldsOf(mark)
  const requires = [...new Set([...((fields['requires'] ?? []) as string[]), feature])]
  return { ...fields, requires }
}

/** What the mark says of the keys that files are stored with. */
export interface KeyState {
  /** Whether files were ever encrypted here. */
  readonly hasKeys: boolean
  /** The id of the key that `rotateKeys` was last called with. */
  readonly current: string | undefined
}

/** @throws StorageError FS-FORMAT-001 */
export async function readKeyState(directory: Store): Promise<KeyState> {
  return stateOf(await markOf(directory), directory.path)
}

/** Writes to the mark which key files are stored with from now on. */
export async function writeCurrentKey(directory: Store, id: string): Promise<void> {
  for (;;) {
    const found = await markOf(directory)
    if (stateOf(found, directory.path).current === id) return
    const bytes = encode({ ...fieldsOf(found), current_key: id })
    if (await replaceMark(directory, found, bytes)) return
  }
}

function fieldsOf(bytes: Uint8Array): JsonObject {
  return parseJsonObject(withoutByteOrderMark(bytes))
}

function stateOf(bytes: Uint8Array, path: string): KeyState {
  // Lost while the store is open: its contents are unknown now.
  if (bytes.length === 0) return { hasKeys: false, current: undefined }
  const hasKeys = recordsOf(bytes, path).size > 0
  const current = fieldsOf(bytes)['current_key']
  if (current === undefined || typeof current === 'string') return { hasKeys, current }
  throw refusal(path, `the "current_key" of its '${FILES_MARK_FILE}' is not a text`)
}

async function markOf(directory: Store): Promise<Uint8Array> {
  const found = await directory.read(FILES_MARK_FILE, { maxBytes: MARK_BYTES_MAX })
  return found ?? new Uint8Array(0)
}

function keepSettingOf(bytes: Uint8Array, path: string): KeepSetting {
  // Lost while the store is open: its contents are unknown now.
  const given = bytes.length === 0 ? undefined : fieldsOf(bytes)['versions']
  if (given === undefined) return KEEPS_NONE
  const { keep, days } = (given ?? {}) as { keep?: unknown; days?: unknown }
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value)
  if (isCount(keep) && keep >= 0 && (days === undefined || (isCount(days) && days >= 1)))
    return { most: keep, days }
  throw refusal(path, `the "versions" of its '${FILES_MARK_FILE}' are damaged`)
}

function recordsOf(bytes: Uint8Array, path: string): KeyRecords {
  parseMark(bytes, path)
  const records = parseKeyRecords(fieldsOf(bytes)['keys'])
  if (records !== undefined) return records
  throw refusal(path, `the "keys" of its '${FILES_MARK_FILE}' are damaged`)
}

function encode(mark: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(mark, undefined, 2)}\n`)
}

function parseMark(bytes: Uint8Array, path: string): PromptNameOptions {
  try {
    const { format, names, requires } = fieldsOf(bytes)
    checkRequires(FILES_MARK_FILE, requires, KNOWN_FEATURES)
    if (format !== 1 || (names !== 'fold-case' && names !== 'case-sensitive'))
      throw new FormatError('of another format')
    return { foldCase: names === 'fold-case' }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw refusal(path, `its '${FILES_MARK_FILE}' is ${error.message}`)
  }
}

function refusal(path: string, why: string, reason = 'format'): StorageError {
  return new StorageError('FS-FORMAT-001', `'${path}' is not a store of files: ${why}`, {
    context: { path, reason },
  })
}
