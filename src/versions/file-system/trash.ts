import { randomBytes } from 'node:crypto'
import { TRASH_DIRECTORY, trashName, parseTrashName } from '../../document/store-names.js'
import { decodePromptName } from '../../document/prompt-id.js'
import { splitForm, type VersionForm } from '../../document/version-form.js'
import { integerOption, rejectUnknown } from '../../base/options.js'
import { FormatError } from '../../base/errors.js'
import { decodeVersionFile } from '../../document/version-file.js'
import { isVersion, sortVersions } from '../../document/version-number.js'
import type { Store } from '../../engine/store.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { StoreLayout } from './store-layout.js'
import { readable, readPlain, type OnUnreadable } from './tree-scan.js'
import type { FoundFile } from './version-files.js'

/** A deleted version that can be restored. */
export interface TrashedVersion {
  readonly prompt_id: string
  readonly version: string
  /** When it was deleted: ISO 8601, UTC, milliseconds. */
  readonly deleted_at: string
  /** Relative to the store. */
  readonly path: string
}

/** The form of a file in the trash, which its name says. */
export function formOf({ path }: Pick<TrashedVersion, 'path'>): VersionForm {
  return splitForm(path).form
}

/** Deleted versions, as plain files beside the live ones: `.trash/<prompt>/<version>.<time>-<random>.json`. */
export class Trash {
  readonly #directory: Store
  readonly #layout: StoreLayout

  constructor(directory: Store, layout: StoreLayout) {
    this.#directory = directory
    this.#layout = layout
  }

  /** The operation that puts a version's bytes into the trash, to be committed together with its removal. */
  moveIn({ place, found: bytes }: Pick<FoundFile, 'place' | 'found'>, deletedAt: Date): Operation {
    const { form, promptId, version } = place
    const name = trashName(version, deletedAt.toISOString(), randomBytes(4).toString('hex'), form)
    return { kind: 'create', path: `${this.#layout.trashDirectory(promptId)}/${name}`, bytes }
  }

  /**
   * Sorted by prompt id, version, time of deletion.
   * @param onUnreadable called for directories that may not be read, which are skipped; without it, one is an error
   */
  async list(promptId?: string, onUnreadable?: OnUnreadable): Promise<readonly TrashedVersion[]> {
    const names =
      promptId === undefined
        ? await this.#directoryNames()
        : [this.#layout.trashDirectory(promptId).slice(TRASH_DIRECTORY.length + 1)]
    const found: TrashedVersion[][] = []
    for (const name of names) {
      const list = async (): Promise<TrashedVersion[]> => await this.#listPrompt(name, promptId)
      const directory = `${TRASH_DIRECTORY}/${name}`
      const listed = onUnreadable ? await readable(directory, onUnreadable, list) : await list()
      found.push(listed ?? [])
    }
    // What others have committed until then is known: that it requires more of a reader, too.
    await this.#directory.waitForPublish()
    return Object.freeze(found.flat())
  }

  /** The copies of a version, the youngest first. */
  async copies(promptId: string, version: string): Promise<readonly TrashedVersion[]> {
    const copies = (await this.list(promptId)).filter((trashed) => trashed.version === version)
    return copies.sort((a, b) => (a.deleted_at < b.deleted_at ? 1 : -1))
  }

  /** Foreign links and files are skipped. */
  async #directoryNames(): Promise<string[]> {
    const entries = (await this.#directory.volume.list(TRASH_DIRECTORY)) ?? []
    return entries
      .filter(({ kind }) => kind === 'directory')
      .map(({ name }) => name)
      .sort()
  }

  async #listPrompt(name: string, known: string | undefined): Promise<TrashedVersion[]> {
    const directory = `${TRASH_DIRECTORY}/${name}`
    const entries = (await this.#directory.volume.list(directory)) ?? []
    const parsed = entries.flatMap((entry) => {
      const trashed = parseTrashName(entry.name)
      const isOurs =
        trashed !== undefined &&
        isVersion(trashed.version, this.#layout.rules) &&
        this.#layout.rules.forms.includes(trashed.form)
      return !isOurs ? [] : [{ ...trashed, path: `${directory}/${entry.name}` }]
    })
    const first = parsed[0]
    if (first === undefined) return []
    const promptId =
      known ?? decodePromptName(name, this.#layout.rules) ?? (await this.#readId(first)) ?? name
    const versions = sortVersions([...new Set(parsed.map(({ version }) => version))])
    const ranks = new Map(versions.map((version, rank) => [version, rank]))
    const rankOf = (version: string): number => ranks.get(version) ?? 0
    return parsed
      .sort((a, b) => rankOf(a.version) - rankOf(b.version) || (a.at < b.at ? -1 : 1))
      .map(({ version, at, path }) => ({ prompt_id: promptId, version, deleted_at: at, path }))
  }

  /** The directory of a long id is named by its hash: the deleted document still has the id. */
  async #readId(file: {
    readonly path: string
    readonly version: string
  }): Promise<string | undefined> {
    const form = formOf(file)
    const bytes = await readPlain(this.#directory.volume, file.path, { ...file, form })
    if (bytes === undefined) return undefined
    try {
      const { prompt_id: promptId } = decodeVersionFile(bytes).document
      return typeof promptId === 'string' ? promptId : undefined
    } catch (error) {
      // A damaged document names no prompt.
      if (error instanceof FormatError) return undefined
      throw error
    }
  }
}

const DAY_MS = 24 * 3_600_000
const CENTURY_MS = 36_525 * DAY_MS
const TRASH_RETENTION_MS = 7 * DAY_MS

/** @throws TypeError, RangeError naming the option of `purgeTrash` */
export function resolvePurgeAge(options: { readonly olderThanMs?: number }): number {
  rejectUnknown(options, ['olderThanMs'], 'purgeTrash')
  const rule = { min: 0, max: CENTURY_MS, default: TRASH_RETENTION_MS }
  return integerOption('olderThanMs', options.olderThanMs, rule)
}
