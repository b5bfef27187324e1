import type { FileBody } from '../../base/byte-source.js'
import { isBytes } from '../../base/values.js'
import { isConflict } from '../../base/errors.js'
import { mapLimited } from '../../base/map-limited.js'
import { publish } from '../../base/channels.js'
import { FILE_VERSIONS_DIRECTORY } from '../../document/store-names.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { Store } from '../../engine/store.js'
import type { StoredFile } from '../backend.js'
import type { FileDocument } from '../document.js'
import {
  inOrder,
  parseVersionName,
  planKeep,
  type KeepRequest,
  type KeepSetting,
  type KeptEntry,
  type KeptVersion,
} from '../kept.js'
import { copyOfPayload, takeBody, type LocalContent } from './body.js'
import type { FreeSpace } from './free-space.js'
import { walkDocuments } from './keys.js'
import { findRecord } from './lookup.js'
import { MarkWatch } from './mark-watch.js'
import { readKeepSetting, writeKeepSetting } from './mark.js'
import {
  payloadPath,
  versionEntryOf,
  versionOfFile,
  versionPlace,
  versionsDirectory,
  type LocalKey,
} from './path.js'
import { storing, type FoundRecord } from './record.js'

/** Most versions that one store or delete removes; a sweep removes the others. */
const SURPLUS_AT_ONCE = 100
/** A key can have thousands of versions: all of them at once would block the event loop. */
const DOCUMENTS_AT_ONCE = 16

/** A kept version, and the files that it is made of, by its directory. */
interface ListedVersion extends KeptVersion {
  readonly paths: readonly string[]
}

/** What a change does about versions, in its own commit. */
export interface Keeping {
  /** Stored bytes of the versions that are removed. */
  readonly freedBytes: number
  /** To be called once; its operations come before those of the change. */
  readonly operations: () => Promise<readonly Operation[]>
  /** Discards what was staged and not committed. */
  readonly discard: () => Promise<void>
}

/** The versions of files in a directory: below `.versions/`, payload and document of each. */
export class LocalVersions {
  readonly #directory: Store
  readonly #names: PromptNameOptions
  readonly #room: FreeSpace
  readonly #setting: MarkWatch<KeepSetting>

  constructor(directory: Store, names: PromptNameOptions, room: FreeSpace) {
    this.#directory = directory
    this.#names = names
    this.#room = room
    this.#setting = new MarkWatch(directory, readKeepSetting)
  }

  /** What every process keeps from now on. */
  async set(setting: KeepSetting): Promise<void> {
    await writeKeepSetting(this.#directory, setting)
    this.#setting.forget()
  }

  async setting(): Promise<KeepSetting> {
    return await this.#setting.current()
  }

  /** What a change that replaces or removes `found` does about it; undefined: nothing is kept. */
  async keeping(
    at: LocalKey,
    found: FoundRecord | undefined,
    request: KeepRequest | undefined,
  ): Promise<Keeping | undefined> {
    const file = found?.file
    if (request === undefined || file === undefined || !request.keeps(file)) return undefined
    const setting = await this.setting()
    if (setting.most === 0) return undefined
    const plan = planKeep(await this.#listed(at.key), file, setting, request)
    const paths = plan.surplus.slice(-SURPLUS_AT_ONCE).flatMap((version) => version.paths)
    let copy: LocalContent | undefined
    return {
      freedBytes: await this.#bytesOf(paths),
      operations: async () => {
        copy = await copyOfPayload(
          this.#directory,
          this.#room,
          file,
          payloadPath(at.name, file.document),
        )
        if (copy === undefined) this.#tellNotKept(at.key)
        const added =
          plan.added === undefined || copy === undefined
            ? []
            : await this.#adding(plan.added, file, copy)
        return [...added, ...paths.map((path) => ({ kind: 'remove', path }) as const)]
      },
      discard: async () => {
        if (copy?.staged !== undefined) await this.#directory.discard(copy.staged)
      },
    }
  }

  /** Newest first. */
  async of(key: string): Promise<readonly KeptEntry[]> {
    const listed = inOrder(await this.#listed(key))
    const found = await mapLimited(listed, DOCUMENTS_AT_ONCE, async (version) => ({
      version,
      record: await findRecord(this.#directory, this.place(version)),
    }))
    return found
      .filter(({ record }) => record !== undefined)
      .map(({ version, record }) => entryOf(version, record?.file))
  }

  /** Where the files of a version are, if it is kept. */
  async placeOf(key: string, version: string): Promise<LocalKey | undefined> {
    const listed = inOrder(await this.#listed(key)).find((one) => one.version === version)
    return listed && this.place(listed)
  }

  place(version: KeptVersion): LocalKey {
    return versionPlace(version, this.#names)
  }

  async put(
    version: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    const at = this.place(version)
    const content: LocalContent = isBytes(body)
      ? { bytes: body }
      : await takeBody(this.#directory, this.#room, version.key, body)
    try {
      const found = await findRecord(this.#directory, at)
      if ((found === undefined) !== (over === 'absent')) return false
      const storedBytes = content.bytes?.length ?? content.staged?.bytes ?? 0
      const file = { ...fileOf(version, describe()), storedBytes }
      return await this.#committed(await storing(this.#directory, at, { file, content, found }))
    } finally {
      if (content.staged !== undefined) await this.#directory.discard(content.staged)
    }
  }

  /** Removes the files of versions, those of damaged ones included. */
  async delete(key: string, versions: readonly string[]): Promise<number> {
    const wanted = new Set(versions)
    let removed = 0
    for (const version of await this.#listed(key)) {
      if (!wanted.has(version.version)) continue
      const removals = version.paths.map((path) => ({ kind: 'remove', path }) as const)
      if (await this.#committed(removals)) removed++
    }
    return removed
  }

  /** The operations that remove these versions of a key in another commit. */
  async removals(key: string, versions: readonly string[]): Promise<readonly Operation[]> {
    const listed = (await this.#listed(key)).filter(({ version }) => versions.includes(version))
    return listed.flatMap(({ paths }) => paths.map((path) => ({ kind: 'remove', path }) as const))
  }

  async *all(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    await this.#directory.waitForPublish()
    const documents = walkDocuments(this.#directory, this.#names, FILE_VERSIONS_DIRECTORY, {
      prefix,
      after: undefined,
    })
    for await (const name of documents) {
      const version = versionEntryOf(name)
      if (version === undefined || !version.key.startsWith(prefix)) continue
      const found = await findRecord(this.#directory, this.place(version))
      if (found !== undefined) yield entryOf(version, found.file)
    }
  }

  async #adding(
    version: KeptVersion,
    file: StoredFile,
    content: LocalContent,
  ): Promise<readonly Operation[]> {
    return await storing(this.#directory, this.place(version), { file, content, found: undefined })
  }

  /** By the names in its directory: newest first. */
  async #listed(key: string): Promise<ListedVersion[]> {
    await this.#directory.waitForPublish()
    const parent = versionsDirectory(key, this.#names)
    const paths = new Map<string, string[]>()
    for (const { name, kind } of (await this.#directory.volume.list(parent)) ?? []) {
      const version = versionOfFile(name)
      if (kind !== 'file' || version === undefined) continue
      const known = paths.get(version)
      if (known === undefined) paths.set(version, [`${parent}/${name}`])
      else known.push(`${parent}/${name}`)
    }
    const listed = [...paths].flatMap(([name, of]) => {
      const version = parseVersionName(name)
      return version === undefined ? [] : { key, ...version, paths: of }
    })
    return listed.sort((left, right) => right.keptMs - left.keptMs)
  }

  async #bytesOf(paths: readonly string[]): Promise<number> {
    const payloads = paths.filter((path) => !path.endsWith('.json'))
    const stats = await Promise.all(
      payloads.map(async (path) => await this.#directory.volume.stat(path)),
    )
    return stats.reduce((sum, stat) => sum + (stat?.bytes ?? 0), 0)
  }

  /** False when another process was first. */
  async #committed(operations: readonly Operation[]): Promise<boolean> {
    try {
      await this.#directory.commit(operations)
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  #tellNotKept(key: string): void {
    publish('warning', () => ({
      directory: this.#directory.path,
      code: 'version-not-kept',
      message: `The file that was under '${key}' is not kept as a version: its payload is missing or cut`,
    }))
  }
}

function entryOf(version: KeptVersion, file: StoredFile | undefined): KeptEntry {
  const { key, keptMs } = version
  // A document that was put under another name is damaged.
  return {
    key,
    version: version.version,
    keptMs,
    file: file?.etag === version.version ? file : undefined,
  }
}

function fileOf(
  { key, version }: KeptVersion,
  document: FileDocument,
): Omit<StoredFile, 'storedBytes'> {
  return { key, etag: version, modifiedMs: Date.parse(document.updated_at), document }
}
