import { randomBytes } from 'node:crypto'
import { documentTime } from '../../base/clock.js'
import { isStorageError } from '../../base/errors.js'
import { mapLimited } from '../../base/map-limited.js'
import { isBytes } from '../../base/values.js'
import {
  resolveCompressOptions,
  resolveDecompressOptions,
  type CompressOptions,
  type DecompressOptions,
  type ResolvedCompressOptions,
} from './compress-options.js'
import { orStorageError, type FailedOperation } from '../../engine/failure.js'
import { amendMetadata, requireFeature, withoutFeature, type Metadata } from './metadata.js'
import { commitMoves, moving } from './moves.js'
import type { OpenStore } from './open-store.js'
import { assertUnreadable, readFiles } from './read-versions.js'
import type { PlannedMark } from './store-features.js'
import { formOf } from './trash.js'
import { compressed, plainBytes, type CompressedForm } from './version-codec.js'
import type { FoundFile } from './version-files.js'
import { readSound, type SoundVersion } from '../version-reader.js'
import type { VersionForm } from '../../document/version-form.js'
import type { VersionDocument } from '../version-storage.js'

/** A version whose file was, or would be, written in another form. */
export interface RewrittenVersion {
  readonly prompt_id: string
  readonly version: string
  readonly bytes_before: number
  readonly bytes_after: number
}

/** A version that was left as it was. */
export interface SkippedVersion {
  readonly prompt_id: string
  readonly version: string
  /**
   * 'not-smaller': it would not take less. 'damaged': its file cannot be read, and stays as it is. 'changed': it was
   * deleted or moved meanwhile.
   */
  readonly reason: 'not-smaller' | 'damaged' | 'changed'
}

/** What `compress` or `decompress` did, or would do. */
export interface CompressReport {
  /** Whether nothing was changed. */
  readonly dry_run: boolean
  readonly versions: readonly RewrittenVersion[]
  readonly skipped: readonly SkippedVersion[]
  /** The total size of the files of `versions`. */
  readonly bytes_before: number
  readonly bytes_after: number
}

const FAILED: FailedOperation = { fallback: 'FS-IO-001', what: 'Rewriting versions failed' }
/** How many versions are read together. */
const READ_TOGETHER = 64
/** How many are packed or unpacked at once: Node's own threads, of which there are four, have other work, too. */
const PACKED_AT_ONCE = 3

type Outcome = RewrittenVersion | SkippedVersion | undefined

/** A version's file and its text. */
interface ReadFile {
  readonly file: FoundFile
  readonly text: Uint8Array
  readonly sound: SoundVersion
}

type Work = <Version extends VersionDocument>(store: OpenStore<Version>) => Promise<CompressReport>

/** The work of a call, after its options are checked. @throws as `resolveCompressOptions` does */
export function compressing(options?: CompressOptions): Work {
  const resolved = resolveCompressOptions(options)
  return async (store) => await orStorageError(compressStore(store, resolved), FAILED)
}

/** The work of a call, after its options are checked. @throws as `resolveDecompressOptions` does */
export function decompressing(options?: DecompressOptions): Work {
  const resolved = resolveDecompressOptions(options)
  return async (store) => await orStorageError(decompressStore(store, resolved), FAILED)
}

/** Rewrites old versions in a compressed form, each in a commit of its own. */
async function compressStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  options: ResolvedCompressOptions,
): Promise<CompressReport> {
  const { promptId, keepLast, olderThanMs, minBytes, format, dryRun } = options
  const before = documentTime().getTime() - olderThanMs
  // Also ends the decompression of all versions, if one is under way.
  if (!dryRun) await requireFeature(store.directory, format, withoutEnding)
  const rewrite = new Rewriting(store, dryRun, async (read) => {
    if (read.file.place.form !== 'plain' || read.text.length < minBytes) return undefined
    if (savedAtMs(read.sound) > before) return undefined
    const packed = await compressed(read.text, format)
    return { form: format, bytes: packed }
  })
  return await rewrite.run(promptId, (versions) => versions.slice(0, -keepLast))
}

/** Rewrites compressed versions as plain files. */
async function decompressStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  { promptId, dryRun }: { readonly promptId: string | undefined; readonly dryRun: boolean },
): Promise<CompressReport> {
  const rewrite = new Rewriting(store, dryRun, ({ file, text }) =>
    Promise.resolve(file.place.form === 'plain' ? undefined : { form: 'plain', bytes: text }),
  )
  const isWhole = promptId === undefined && !dryRun
  const ending = isWhole ? await beginEnding(store) : undefined
  const report = await rewrite.run(promptId, (versions) => versions)
  if (ending !== undefined && report.skipped.length === 0) await end(store, ending)
  return report
}

interface NewForm {
  readonly form: VersionForm
  readonly bytes: Uint8Array
}

interface PlannedRewrite {
  readonly file: FoundFile
  readonly next: NewForm
  readonly result: RewrittenVersion
}

class Rewriting<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #dryRun: boolean
  readonly #newForm: (read: ReadFile) => Promise<NewForm | undefined>

  /** @param newForm what a version is to be rewritten as; undefined: it stays as it is */
  constructor(
    store: OpenStore<Version>,
    dryRun: boolean,
    newForm: (read: ReadFile) => Promise<NewForm | undefined>,
  ) {
    this.#store = store
    this.#dryRun = dryRun
    this.#newForm = newForm
  }

  async run(
    promptId: string | undefined,
    select: (ascending: readonly string[]) => readonly string[],
  ): Promise<CompressReport> {
    const { names } = this.#store
    await names.current()
    const outcomes: Outcome[] = []
    for (const id of promptId === undefined ? await names.promptIds() : [promptId]) {
      const versions = [...select(await names.versions(id))]
      while (versions.length > 0) {
        const some = versions.splice(0, READ_TOGETHER)
        for (const outcome of await this.#rewriteSome(id, some)) outcomes.push(outcome)
      }
    }
    return reportOf(outcomes, this.#dryRun)
  }

  async #rewriteSome(promptId: string, versions: readonly string[]): Promise<readonly Outcome[]> {
    const files = await readFiles(this.#store, promptId, versions)
    const all = versions.map((version, at) => ({ version, file: files[at] }))
    const planned = await mapLimited(all, PACKED_AT_ONCE, async ({ version, file }) => {
      return file && (await this.#plan({ prompt_id: promptId, version }, file))
    })
    return await Promise.all(planned.map(async (one) => await this.#carryOut(one)))
  }

  async #plan(
    named: VersionDocument,
    file: FoundFile<Uint8Array | Error>,
  ): Promise<PlannedRewrite | SkippedVersion | undefined> {
    const { found } = file
    const { prompt_id: promptId, version } = named
    if (!isBytes(found)) assertUnreadable(found, { promptId, version })
    const read = isBytes(found) ? await this.#readSound({ ...file, found }) : undefined
    if (read === undefined) return { ...named, reason: 'damaged' }
    const next = await this.#newForm(read)
    if (next === undefined) return undefined
    const result = {
      ...named,
      bytes_before: read.file.found.length,
      bytes_after: next.bytes.length,
    }
    if (next.form !== 'plain' && result.bytes_after >= result.bytes_before)
      return { ...named, reason: 'not-smaller' }
    return { file: read.file, next, result }
  }

  async #carryOut(planned: PlannedRewrite | SkippedVersion | undefined): Promise<Outcome> {
    if (planned === undefined || 'reason' in planned) return planned
    const { file, next, result } = planned
    if (this.#dryRun) return result
    const { features } = this.#store
    if (await features.plan(async (mark) => await this.#move(mark, file, next))) return result
    return { prompt_id: result.prompt_id, version: result.version, reason: 'changed' }
  }

  /** Undefined for a damaged file. */
  async #readSound(file: FoundFile): Promise<ReadFile | undefined> {
    const { place, path, found } = file
    const { promptId, version, form } = place
    const expected = { promptId, version, path }
    try {
      const text = await plainBytes(found, form, expected)
      const rules = { checksums: true, onAltered: undefined }
      return { file, text, sound: readSound(text, expected, rules) }
    } catch (error) {
      if (isStorageError(error, 'FS-LOAD-001') || isStorageError(error, 'FS-LOAD-002'))
        return undefined
      throw error
    }
  }

  /** False if the version is no longer where it was read, or the form may not be used any more. */
  async #move(
    mark: PlannedMark,
    { place, path, found }: FoundFile,
    next: NewForm,
  ): Promise<boolean> {
    const { directory, layout } = this.#store
    const tag = { ...place, form: next.form }
    if (next.form !== 'plain' && !mayCompress(mark, next.form)) return false
    // While the store is resharded, another process moves the version to its directory.
    if (!layout.promptDirectories(place.promptId).includes(place.directory)) return false
    const to = layout.pathOf(tag)
    const move = { from: path, to, before: found, after: next.bytes, tag, fromTag: place }
    const what = `Cannot write version ${place.version} of prompt ${place.promptId} in another form`
    return await commitMoves(mark, moving(move, directory.inlineBytesMax), what)
  }
}

function savedAtMs({ document, savedAt }: SoundVersion): number {
  const { created_at: createdAt } = document
  const at = savedAt ?? createdAt
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}

function reportOf(outcomes: readonly Outcome[], dryRun: boolean): CompressReport {
  const versions = outcomes.filter(
    (one): one is RewrittenVersion => one !== undefined && 'bytes_after' in one,
  )
  const skipped = outcomes.filter(
    (one): one is SkippedVersion => one !== undefined && 'reason' in one,
  )
  return Object.freeze({
    dry_run: dryRun,
    versions: Object.freeze(versions),
    skipped: Object.freeze(skipped),
    bytes_before: versions.reduce((sum, one) => sum + one.bytes_before, 0),
    bytes_after: versions.reduce((sum, one) => sum + one.bytes_after, 0),
  })
}

function mayCompress({ metadata }: PlannedMark, form: CompressedForm): boolean {
  return metadata?.requires?.includes(form) === true && metadata.decompressing === undefined
}

function withoutEnding(metadata: Metadata): Metadata {
  const { decompressing, ...others } = metadata
  return decompressing === undefined ? metadata : others
}

/**
 * Announces in the mark that nothing is to be compressed any more, unless `compress` is called. Returns what is written
 * there; undefined if nothing in the store may be compressed.
 */
async function beginEnding<Version extends VersionDocument>({
  directory,
}: OpenStore<Version>): Promise<string | undefined> {
  const id = randomBytes(8).toString('hex')
  const mark = await amendMetadata(directory, (metadata) => {
    const { requires = [] } = metadata
    const mayBe = requires.includes('gzip') || requires.includes('zstd')
    return mayBe ? { ...metadata, decompressing: id } : withoutEnding(metadata)
  })
  if (mark?.decompressing !== id) return undefined
  await directory.fence()
  return id
}

/** Takes the forms out of the mark, if nothing has been compressed since `beginEnding` and the trash holds no such file. */
async function end<Version extends VersionDocument>(
  { directory, names, trash }: OpenStore<Version>,
  id: string,
): Promise<void> {
  await names.current()
  const isLeft = (await trash.list()).some((one) => formOf(one) !== 'plain')
  await amendMetadata(directory, (metadata) => {
    if (metadata.decompressing !== id) return metadata
    const ended = withoutEnding(metadata)
    return isLeft ? ended : withoutFeature(withoutFeature(ended, 'gzip'), 'zstd')
  })
}
