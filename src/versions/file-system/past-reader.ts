import type { Lifecycle } from '../../base/lifecycle.js'
import { mapLimited } from '../../base/map-limited.js'
import { isBytes } from '../../base/values.js'
import { HEAD_FILE } from '../../document/store-names.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { PastSource } from '../as-of-view.js'
import type { Presence, PromptPast } from '../presences.js'
import type { KnownHistory } from '../prompt-history.js'
import type { VersionDocument } from '../version-storage.js'
import { readMetadata } from './metadata.js'
import type { OpenStore } from './open-store.js'
import { growingParts } from './read-versions.js'
import { findPromptDirectories, readPromptId } from './tree-scan.js'
import { isUnchangedSince } from './unchanged-since.js'
import { commitTimeIn, readVersion } from './version-reader.js'

const FILE_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }
const READ_AT_ONCE = 16

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
    const known = new Set(ids.map((promptId) => layout.promptDirectory(promptId)))
    const others = (await findPromptDirectories(directory.volume, layout, () => undefined)).filter(
      (found) => !known.has(found.directory),
    )
    const found = await mapLimited(others, READ_AT_ONCE, async (other) => {
      const head = await directory.volume.stat(`${other.directory}/${HEAD_FILE}`)
      if (head === undefined) return []
      return (await readPromptId(directory.volume, layout, other.directory, [])) ?? []
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
    const { directory, layout, trash } = this.#store
    const { version } = presence
    const stored = await this.#read(layout.versionPath(promptId, version), promptId, presence)
    if (stored !== undefined) return stored
    for (const { path } of await trash.copies(promptId, version)) {
      const copy = await this.#read(path, promptId, presence)
      if (copy !== undefined) return copy
    }
    await directory.waitForPublish()
    // It was restored meanwhile.
    return await this.#read(layout.versionPath(promptId, version), promptId, presence)
  }

  /** Undefined for a file that is missing or has another content. */
  async #read(
    path: string,
    promptId: string,
    { version, savedAt }: Presence,
  ): Promise<Version | undefined> {
    const { checksums, directory, rules } = this.#store
    const bytes = await directory.read(path, FILE_LIMIT)
    if (bytes === undefined || commitTimeIn(bytes, { checksums }) !== savedAt) return undefined
    return await readVersion(bytes, { promptId, version, path }, rules)
  }

  /** A file that cannot be read has an unknown time; one that is missing is left out: another program removed it. */
  async #commitTimes(
    promptId: string,
    versions: readonly string[],
  ): Promise<ReadonlyMap<string, string | null>> {
    const { checksums, directory, layout } = this.#store
    const times = new Map<string, string | null>()
    for (const part of growingParts(versions)) {
      const paths = part.map((version) => layout.versionPath(promptId, version))
      const contents = await directory.readManyCommitted(paths, VERSION_FILE_BYTES_MAX)
      for (const [at, version] of part.entries()) {
        const content = contents[at]
        if (content === undefined) continue
        times.set(version, isBytes(content) ? commitTimeIn(content, { checksums }) : null)
      }
    }
    return times
  }
}
