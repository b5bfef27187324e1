// Decoders of the small files that say what a store is and whose: mark, metadata, owner, the id of a hashed directory.
import { parseRecord } from '../../../../dist/disk/process-start.js'
import { checkMark } from '../../../../dist/engine/opening/directory-mark.js'
import { StorageError } from '../../../../dist/base/errors.js'
import { parseMetadata } from '../../../../dist/versions/file-system/metadata.js'
import { encodePromptFile, parsePromptFile } from '../../../../dist/document/prompt-file.js'
import { mutate } from '../mutate.mjs'
import { mustEqual, unless } from '../properties.mjs'

const created_at = '2026-11-21T07:25:48.586Z'
const FILES = [
  { format: 'holdfast', format_version: 1, created_at },
  metadata({ enabled: false, depth: 0 }),
  metadata({ enabled: true, depth: 2 }),
  { pid: 17, started: '12345', boot_id: 'f00d', thread: 0 },
  { prompt_id: 'long-'.repeat(10) },
]
const PIECES = ['{}', 'null', '[]', '1e999', '"__proto__":1,', 'true', '[[[['].map((text) => Buffer.from(text)) // prettier-ignore

function metadata(sharding) {
  const facts = { format: 'holdfast-versions', format_version: 1, created_at }
  return { ...facts, sharding: { ...sharding, hash: 'sha256' }, checksum: 'sha256', id_encoding: 'plain' } // prettier-ignore
}

export const marks = {
  seeds: () => FILES.map((file) => Buffer.from(JSON.stringify(file))),
  mutate: (bytes, others, random) => mutate(bytes, [...others, ...PIECES], random),
  check(bytes) {
    const text = bytes.toString()
    const isMark = unless(StorageError, () => checkMark('fuzz', bytes) ?? true) === true
    if (isMark) mustEqual(JSON.parse(text.replace(/^\ufeff/, '')).format, 'holdfast')
    const found = unless(StorageError, () => parseMetadata(bytes))
    if (found !== undefined) {
      mustEqual(found.sharding.enabled, found.sharding.depth > 0)
      mustEqual(parseMetadata(Buffer.from(JSON.stringify(found))), found)
    }
    const id = parsePromptFile(bytes)
    if (id !== undefined) mustEqual(parsePromptFile(encodePromptFile(id)), id)
    const owner = parseRecord(text)
    if (owner !== undefined) mustEqual(parseRecord(JSON.stringify(owner)), owner)
    return isMark || found !== undefined || id !== undefined || owner !== undefined
  },
}
