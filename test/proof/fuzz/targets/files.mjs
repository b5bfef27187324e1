// Decoders of files: versions, the index, workflows, documents from the command line.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { promptVersionSchema } from '../../../../dist/versions/prompts/prompt-version.js'
import { checksumOf } from '../../../../dist/document/checksum.js'
import { FormatError } from '../../../../dist/base/errors.js'
import { decodeVersionFile, encodeVersionFile } from '../../../../dist/document/version-file.js'
import { parseDifyFile } from '../../../../dist/dify/workflow/dify-file.js'
import { replaceTexts } from '../../../../dist/dify/workflow/replace-texts.js'
import { parseWorkflow } from '../../../../dist/optimizer/dify-workflow.js'
import { extractPrompts } from '../../../../dist/optimizer/extract-prompts.js'
import { WorkflowError } from '../../../../dist/optimizer/workflow-error.js'
import { acceptVersion } from '../../../../dist/versions/accept-version.js'
import { decodeIndex, encodeIndexChunks } from '../../../../dist/versions/file-system/index-file.js'
import { VersionIndex } from '../../../../dist/versions/version-index.js'
import { documentOf } from '../../crash/documents.mjs'
import { mutate } from '../mutate.mjs'
import { mustEqual, unless, unlessLater } from '../properties.mjs'

const VERSION_TRAILER = /^,\n  "checksum": "sha256:([0-9a-f]{64})"\n}\n$/
const VERSION_TRAILER_BYTES = 92
const PIECES = ['"__proto__":{},', '-0', '1e400', '12345678901234567890', '"\\ud800"', '[[[[', '"a":1,"a":2,', '\\u0000', 'null', '{}', '\ufeff', '.5', '"checksum":"x",'].map((text) => Buffer.from(text)) // prettier-ignore

const DOCUMENTS = ['p', '全书翻译', 'q'].map((promptId, at) =>
  documentOf({ promptId, version: `1.${at}.0`, salt: `s${at}`, textBytes: 30 }),
)

const DATED = { checksum: true, savedAt: '2026-11-21T07:25:48.798Z', schemaVersion: 2 }

/** Mutations that know pieces of JSON, and put the right checksum where there was one. */
function jsonMutate(trailer) {
  return (bytes, others, random) => {
    const changed = mutate(bytes, [...others, ...PIECES], random)
    const at = random.integer(0, changed.length)
    const more = random.chance(0.3)
      ? Buffer.concat([changed.subarray(0, at), random.pick(PIECES), changed.subarray(at)])
      : changed
    return random.chance(0.6) ? repair(more, trailer) : more
  }
}

function repair(bytes, trailer) {
  const body = bytes.subarray(0, Math.max(0, bytes.length - trailer(checksumOf(bytes)).length))
  return Buffer.concat([body, Buffer.from(trailer(checksumOf(body)))])
}

export const versionFile = {
  seeds: () => [
    ...DOCUMENTS.map((document) => Buffer.from(encodeVersionFile(document))),
    ...DOCUMENTS.map((document) => Buffer.from(encodeVersionFile(document, DATED))),
    ...DOCUMENTS.map((document) => Buffer.from(JSON.stringify(document))),
  ],
  mutate: jsonMutate((checksum) => `,\n  "checksum": "${checksum}"\n}\n`),
  check(bytes) {
    const decoded = unless(FormatError, () => decodeVersionFile(bytes))
    if (decoded === undefined) return false
    const { document, savedAt, schemaVersion, checksum, altered } = decoded
    if (checksum === 'valid')
      mustEqual(hasItsChecksum(altered === undefined ? bytes : withOwnLineEnds(bytes)), true)
    if (Object.keys(document).length === 0 || Object.hasOwn(document, 'checksum')) return false
    const options = { checksum: true, savedAt, schemaVersion }
    const again = decodeVersionFile(encodeVersionFile(document, options))
    mustEqual(again.savedAt, savedAt)
    mustEqual(again.schemaVersion, schemaVersion)
    mustEqual(again.checksum, 'valid')
    mustEqual(JSON.stringify(again.document), JSON.stringify(document))
    return checksum === 'valid'
  },
}

/** Without a byte order mark, each line ended by a line feed. */
function withOwnLineEnds(bytes) {
  const lines = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '').split(/\r\n|\r|\n/) // prettier-ignore
  return Buffer.from(`${lines.join('\n').replace(/[ \t\n]*$/, '')}\n`, 'latin1')
}

/** Told without the library. */
function hasItsChecksum(bytes) {
  const at = bytes.length - VERSION_TRAILER_BYTES
  const [, claimed] = VERSION_TRAILER.exec(bytes.subarray(Math.max(0, at)).toString()) ?? []
  return claimed === createHash('sha256').update(bytes.subarray(0, at)).digest('hex')
}

/** What `holdfast save` does with what it is given. */
export const cliJson = {
  ...versionFile,
  async check(bytes) {
    const decoded = unless(FormatError, () => decodeVersionFile(bytes))
    if (decoded === undefined) return false
    const rules = { schema: promptVersionSchema }
    const accepted = await unlessLater(
      TypeError,
      async () => await acceptVersion(decoded.document, rules),
    )
    if (accepted === undefined) return false
    const again = decodeVersionFile(encodeVersionFile(accepted))
    mustEqual(JSON.stringify(again.document), JSON.stringify(accepted))
    mustEqual(await acceptVersion(again.document, rules), accepted)
    return true
  },
}

export const indexFile = {
  seeds: () => {
    const index = new VersionIndex()
    const at = Date.parse('2026-01-01T00:00:00.000Z')
    for (const id of ['a', '__proto__', '全书翻译'])
      index.addAll(id, ['1.0.0', '1.9.0', '1.10.0'], at, at + 5)
    const facts = { lsn: 42, lastUpdated: '2026-01-02T00:00:00.000Z' }
    return [
      Buffer.from([...encodeIndexChunks(index, facts, () => '1f-17d0a')].join('')),
      Buffer.from([...encodeIndexChunks(new VersionIndex(), facts, () => undefined)].join('')),
    ]
  },
  mutate: jsonMutate((checksum) => `,"checksum":"${checksum}"}\n`),
  check(bytes) {
    const decoded = decodeIndex(bytes)
    if (decoded === undefined) return false
    const text = [
      ...encodeIndexChunks(decoded.index, decoded, (id) => decoded.stamps.get(id)),
    ].join('')
    const again = decodeIndex(Buffer.from(text))
    mustEqual([again?.lsn, again?.lastUpdated], [decoded.lsn, decoded.lastUpdated])
    mustEqual(
      [...encodeIndexChunks(again.index, again, (id) => again.stamps.get(id))].join(''),
      text,
    )
    return true
  },
}

const WORKFLOWS = new URL('../../../../examples/dify/', import.meta.url)

export const workflow = {
  seeds: () => [
    ...readdirSync(WORKFLOWS)
      .filter((file) => file.endsWith('.yml'))
      .map((file) => readFileSync(new URL(file.replaceAll('%', '%25'), WORKFLOWS)))
      .filter(({ length }) => length < 12_000),
    Buffer.from('app: {name: a}\nworkflow:\n  graph:\n    nodes:\n      - {id: "1", data: {type: llm, prompt_template: [{role: user, text: "{{x}}"}]}}\n'), // prettier-ignore
    Buffer.from('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n'),
  ],
  mutate,
  check(bytes) {
    const found = unless(WorkflowError, () => parseWorkflow(bytes, 'fuzz.yml'))
    if (found === undefined) return false
    const options = { extractedAt: new Date(0) }
    const extracted = unless(WorkflowError, () => extractPrompts(found, options))
    if (extracted === undefined) return false
    const ids = extracted.prompts.map(({ id }) => id)
    mustEqual(new Set(ids).size, ids.length)
    return true
  },
}

/** Every file that is read can be written back: the same, or with one text changed and nothing else. */
export const difyFile = {
  seeds: workflow.seeds,
  mutate,
  check(bytes) {
    const file = unless(WorkflowError, () => parseDifyFile(bytes, 'fuzz.yml'))
    if (file === undefined) return false
    const same = new Map(file.texts.map(({ pointer, text }) => [pointer, text]))
    mustEqual(Buffer.compare(replaceTexts(file, same), bytes), 0)
    for (const { pointer } of file.texts.slice(0, 3)) {
      const change = new Map([[pointer, ' new: "text"\n\n# 中']])
      const edited = unless(WorkflowError, () => replaceTexts(file, change))
      if (edited === undefined) continue
      const { texts } = parseDifyFile(edited, 'fuzz.yml')
      mustEqual(texts.length, file.texts.length)
      for (const [at, text] of texts.entries())
        mustEqual(text.text, change.get(text.pointer) ?? file.texts[at].text)
    }
    return true
  },
}
