import type { Lifecycle } from '../../base/lifecycle.js'
import { mapLimited } from '../../base/map-limited.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { PastSource } from '../as-of-view.js'
import type { Presence, PromptPast } from '../presences.js'
import type { KnownHistory } from '../prompt-history.js'
import type { VersionDocument } from '../version-storage.js'
import { readMetadata } from './metadata.js'
import type { OpenStore } from './open-store.js'
import { growingParts, readFiles } from './read-versions.js'
import { headPathIn, promptNameOf } from './store-layout.js'
import { formOf, type TrashedVersion } from './trash.js'
import { findPromptDirectories, readPromptId } from './tree-scan.js'
import { savedAtOf } from './version-changes.js'
import { plainBytes } from './version-codec.js'
import { isUnchangedSince } from './unchanged-since.js'
import { commitTimeIn, readVersion } from '../version-reader.js'

const FILE_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }
const READ_AT_ONCE = 16

/** The text of a file. */
interface PlainFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The past of a store: its files with the times of their commits, its histories, its trash. */
export class PastReader<Version extends VersionDocument> implements PastSource<Version> {
  readonly life: Lifecycle
  readonly #store: OpenStore<Version>

  constructor(store: OpenStore<Version>, life: Lifecycle) {
    this.#store = store
    this.life = life
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return (await readMetadata(this.#store.directory))?.history
  }

  /** A prompt whose versions are all deleted is in no index: its head shows it. */
  async promptIds(): Promise<readonly string[]> {
    const { directory, layout, names } = this.#store
    await names.current()
    const ids = [...(await names.promptIds())]
    const known = new Set(ids.map((promptId) => promptNameOf(layout.promptDirectory(promptId))))
    const others = (await findPromptDirectories(directory.volume, layout, () => undefined)).filter(
      (found) => !known.has(promptNameOf(found.directory)),
    )
    const found = await mapLimited(others, READ_AT_ONCE, async ({ directories }) => {
      const heads = directories.map(async (one) => await directory.volume.stat(headPathIn(one)))
      if ((await Promise.all(heads)).every((head) => head === undefined)) return []
      return (await readPromptId(directory.volume, layout, directories, [])) ?? []
    })
    return [...ids, ...found.flat()]
  }

  async past(promptId: string): Promise<PromptPast> {
    const { directory, heads, names } = this.#store
    for (;;) {
      await names.current()
      const { lsn } = directory
      const versions = await this.#commitTimes(promptId, await names.versions(promptId))
      const history = await heads.history(promptId)
      await names.current()
      if (isUnchangedSince(this.#store, lsn, [promptId])) return { versions, history }
    }
  }

  async content(promptId: string, presence: Presence): Promise<Version | undefined> {
    const { directory, files, trash } = this.#store
    const { version } = presence
    const stored = await this.#document(
      await files.readPlain(promptId, version),
      promptId,
      presence,
    )
    if (stored !== undefined) return stored
    for (const copy of await trash.copies(promptId, version)) {
      const found = await this.#document(await this.#readCopy(copy), promptId, presence)
      if (found !== undefined) return found
    }
    await directory.waitForPublish()
    // It was restored meanwhile.
    return await this.#document(await files.readPlain(promptId, version), promptId, presence)
  }

  async #readCopy(copy: TrashedVersion): Promise<PlainFile | undefined> {
    const { path, prompt_id: promptId, version } = copy
    const stored = await this.#store.directory.read(path, FILE_LIMIT)
    if (stored === undefined) return undefined
    return { path, bytes: await plainBytes(stored, formOf(copy), { promptId, version, path }) }
  }

  /** Undefined for a file that is missing or has another content. */
  async #document(
    file: PlainFile | undefined,
    promptId: string,
    { version, savedAt }: Presence,
  ): Promise<Version | undefined> {
    const { checksums, rules } = this.#store
    if (file === undefined || commitTimeIn(file.bytes, { checksums }) !== savedAt) return undefined
    return await readVersion(file.bytes, { promptId, version, path: file.path }, rules)
  }

  /** A file that cannot be read has an unknown time; one that is missing is left out: another program removed it. */
  async #commitTimes(
    promptId: string,
    versions: readonly string[],
  ): Promise<ReadonlyMap<string, string | null>> {
    const { checksums } = this.#store
    const times = new Map<string, string | null>()
    for (const part of growingParts(versions)) {
      const found = await readFiles(this.#store, promptId, part)
      for (const [at, version] of part.entries()) {
        const file = found[at]
        if (file !== undefined) times.set(version, await savedAtOf(file, checksums))
      }
    }
    return times
  }
}
