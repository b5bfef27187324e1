import { nowText } from '../../base/clock.js'
import { MARK_BYTES_MAX } from '../../document/file-limits.js'
import { parseJson, type JsonObject } from '../../document/json.js'
import { FILES_MARK_FILE } from '../../document/layout.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import { FormatError } from '../../document/record.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import { checkRequires } from '../../engine/mark-features.js'
import { assertStoreKind, createMark, isBlankMark } from '../../engine/store-kind.js'
import { StorageError } from '../../errors.js'
import { publish } from '../../observe/channels.js'
import { inferNames } from './infer-names.js'

/**
 * How names are written in this directory: decided by the first process, by what its disk can tell apart, and kept in
 * the mark, since the directory may be copied to another disk.
 *
 * @throws StorageError FS-FORMAT-001 for the directory of another kind of store
 */
export async function readMark(directory: DurableDirectory): Promise<PromptNameOptions> {
  await assertStoreKind(directory, 'files')
  const found = await directory.read(FILES_MARK_FILE, { maxBytes: MARK_BYTES_MAX })
  if (found !== undefined && !isBlankMark(found)) return parseMark(found, directory.path)
  const inferred = await inferNames(directory.volume, !directory.volume.capabilities.caseSensitive)
  if (inferred === 'unclear') throw refusal(directory.path, LOST)
  const foldCase = inferred === 'empty' ? !directory.volume.capabilities.caseSensitive : inferred
  const mark = {
    format: 1,
    names: foldCase ? 'fold-case' : 'case-sensitive',
    created_at: nowText(),
    requires: [],
  }
  const bytes = Buffer.from(`${JSON.stringify(mark, undefined, 2)}\n`)
  if (await createMark(directory, 'files', bytes)) {
    if (inferred !== 'empty') tellRebuilt(directory, mark.names)
    return { foldCase }
  }
  return parseMark(
    (await directory.read(FILES_MARK_FILE, { maxBytes: MARK_BYTES_MAX })) ?? new Uint8Array(0),
    directory.path,
  )
}

const LOST = `its '${FILES_MARK_FILE}' is missing, and the names of its files do not tell how it was made; restore that file from a backup, or store the files in a new directory`

function tellRebuilt({ path }: DurableDirectory, names: string): void {
  const message = `'${FILES_MARK_FILE}' was missing and is made again from the names of the files: ${names}`
  publish('warning', () => ({ directory: path, code: 'mark-rebuilt', message }))
}

function parseMark(bytes: Uint8Array, path: string): PromptNameOptions {
  try {
    const { format, names, requires } = parseJson(bytes) as JsonObject
    checkRequires(FILES_MARK_FILE, requires)
    if (format !== 1 || (names !== 'fold-case' && names !== 'case-sensitive'))
      throw new FormatError('of another format')
    return { foldCase: names === 'fold-case' }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw refusal(path, `its '${FILES_MARK_FILE}' is ${error.message}`)
  }
}

function refusal(path: string, why: string): StorageError {
  return new StorageError('FS-FORMAT-001', `'${path}' is no store of files: ${why}`, {
    context: { path, reason: 'format' },
  })
}
