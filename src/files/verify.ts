import { isDamage } from '../base/errors.js'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LostFile } from '../base/channels.js'
import { booleanOption, rejectUnknown, stringOption } from '../base/options.js'
import { versionsOf, viewOf } from './history.js'
import type { FileParts, ReadParts } from './parts.js'
import { openContent } from './reader.js'
import { allFiles } from './listing.js'
import { LocalBackend } from './local/backend.js'
import { putAside, type FileStray } from './local/strays.js'

export interface FileVerifyOptions {
  /** Only keys with it; then strays are not looked for. Default '': everything. */
  readonly prefix?: string | undefined
  /** Puts payloads without a document into `.quarantine/`. Default false: nothing is changed. */
  readonly repair?: boolean | undefined
  /** Removes the lost files from their list, once they are reported. Default false. */
  readonly accept?: boolean | undefined
}

/** What `verify` has found. */
export interface FileVerifyReport {
  readonly checked: number
  /** Kept versions, which are not among the files. */
  readonly versions_checked: number
  readonly problems: readonly FileProblem[]
  /** In a directory: entries that belong to no file of the storage. */
  readonly strays: readonly FileStray[]
  /** In a directory, without a prefix: lost files, by their names in the directory, until they are accepted. */
  readonly lost: readonly FileLoss[]
}

/** A file of the directory that could not be kept. See `DurableDirectory.lostFiles`. */
export interface FileLoss extends LostFile {
  readonly accepted: boolean
}

export interface FileProblem {
  readonly key: string
  /** Which kept version; undefined for the current file. */
  readonly version?: string | undefined
  /** An error code: FS-LOAD-001 for damage, FS-CRYPT-001, FS-CODEC-001. */
  readonly code: string
  readonly message: string
  /** What is wrong, if known: the payload is `missing`, `cut` or fails its `checksum`; the `document` is damaged. */
  readonly reason?: string | undefined
}

/** Reads every file and kept version with the prefix to its end, and reports damage and foreign entries. */
export async function verifyFiles(
  parts: FileParts,
  options: FileVerifyOptions,
): Promise<FileVerifyReport> {
  let checked = 0
  let versions = 0
  const problems: FileProblem[] = []
  const prefix = options.prefix ?? ''
  for await (const key of keysToVerify(parts, prefix)) {
    const problem = await problemOf(parts, key)
    checked++
    if (problem !== undefined) problems.push(problem)
  }
  for await (const { key, version } of versionsOf(parts.backend, prefix)) {
    const problem = await problemOf(viewOf(parts, version), key)
    versions++
    if (problem !== undefined) problems.push({ ...problem, version })
  }
  const strays = prefix === '' ? await straysOf(parts, options.repair === true) : []
  const lost = prefix === '' ? await lossesOf(parts, options.accept === true) : []
  return { checked, versions_checked: versions, problems, strays, lost }
}

/** @throws TypeError for a wrong option */
export function checkVerifyOptions(options: FileVerifyOptions): void {
  rejectUnknown(options, ['prefix', 'repair', 'accept'], 'verify')
  stringOption('prefix', options.prefix, { default: '', empty: true })
  booleanOption('repair', options.repair, false)
  booleanOption('accept', options.accept, false)
}

/** Whether a stray may be what is left of a file; others are foreign, and not damage. */
export function isLoss({ kind, quarantined }: FileStray): boolean {
  return kind === 'payload-without-document' && quarantined === undefined
}

/** A listing leaves out files without a readable document; they are reported here. */
async function* keysToVerify({ backend }: FileParts, prefix: string): AsyncGenerator<string> {
  if (backend instanceof LocalBackend) return yield* backend.keys(prefix)
  for await (const { key } of allFiles(backend, prefix)) yield key
}

async function problemOf(parts: ReadParts, key: string): Promise<FileProblem | undefined> {
  try {
    const opened = await openContent(parts, key, undefined)
    // Deleted meanwhile: nothing is wrong with it.
    if (opened !== undefined) await pipeline(opened.body, discard())
    return undefined
  } catch (error) {
    if (!isDamage(error)) throw error
    const { reason } = error.context
    const problem = { key, code: error.code, message: error.message }
    return typeof reason === 'string' ? { ...problem, reason } : problem
  }
}

async function straysOf({ backend }: FileParts, repair: boolean): Promise<FileStray[]> {
  if (!(backend instanceof LocalBackend)) return []
  const strays: FileStray[] = []
  for await (const stray of backend.strays()) {
    const isOurs = repair && isLoss(stray)
    const quarantined = isOurs ? await putAside(backend.directory, stray.path) : undefined
    strays.push(quarantined === undefined ? stray : { ...stray, quarantined })
  }
  return strays.sort((left, right) => (left.path < right.path ? -1 : 1))
}

async function lossesOf({ backend }: FileParts, accept: boolean): Promise<FileLoss[]> {
  if (!(backend instanceof LocalBackend)) return []
  const { directory } = backend
  await directory.waitForPublish()
  const lost = directory.lostFiles.map((file) => ({ ...file, accepted: accept }))
  if (accept) await directory.acceptLost()
  return lost
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
