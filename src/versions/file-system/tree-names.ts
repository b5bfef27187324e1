import type { StoreFiles } from '../../engine/coded-files.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import type { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { carryIndexFile } from './carried-index.js'
import { assertLayout } from './infer-layout.js'
import { sortVersions } from '../../document/version-number.js'
import type { NamedListeners, NameSource } from './version-names.js'
import type { StoreLayout } from './store-layout.js'
import {
  findPromptDirectories,
  listVersions,
  readable,
  scanPrompt,
  scanPrompts,
} from './tree-scan.js'

/** Names straight from the directories, for stores that keep no index. */
export class TreeNames implements NameSource {
  readonly #directory: DurableDirectory
  readonly #layout: StoreLayout
  readonly #hashedIds = new Map<string, string>()

  static async open(
    directory: DurableDirectory,
    layout: StoreLayout,
    listeners: NamedListeners,
  ): Promise<TreeNames> {
    const { volume } = directory
    if (!(await holdsVersions(volume, layout))) await assertLayout(volume, layout)
    return new TreeNames(directory, layout, listeners)
  }

  private constructor(directory: DurableDirectory, layout: StoreLayout, listeners: NamedListeners) {
    this.#directory = directory
    this.#layout = layout
    directory.onChange({
      changed: (changes) => {
        for (const change of changes) {
          const place = layout.changedPlace(change)
          const promptId = place && (place.promptId ?? this.#hashedIds.get(place.directory))
          if (place !== undefined && promptId !== undefined) {
            listeners.changed({ ...change, promptId, version: place.version })
          } else if (place !== undefined) listeners.reset()
        }
      },
      reset: () => listeners.reset(),
    })
    directory.onCheckpoint(
      async (lsn) => await carryIndexFile(directory, layout, lsn),
      directory.lsn,
    )
  }

  know(promptId: string): void {
    this.#hashedIds.set(this.#layout.promptDirectory(promptId), promptId)
  }

  get isCurrent(): boolean {
    return this.#directory.isCurrent
  }

  /** A directory may show a version before it is published for everyone: that is waited for. */
  current(): Promise<void> | undefined {
    return this.isCurrent ? undefined : this.#directory.refresh()
  }

  has(): undefined {
    return undefined
  }

  async versions(promptId: string): Promise<readonly string[]> {
    const directory = this.#layout.promptDirectory(promptId)
    for (;;) {
      await this.#directory.settle()
      const { lsn } = this.#directory
      const scanned = await scanPrompt(this.#directory.volume, this.#layout, directory)
      await this.#directory.settle()
      // A commit that was published meanwhile may show by half.
      const changed = this.#directory.changesSince(lsn)
      if (changed?.every(({ path }) => !path.startsWith(`${directory}/`)) === true)
        return sortVersions(scanned?.versions ?? [])
    }
  }

  async latest(promptId: string): Promise<string | undefined> {
    return (await this.versions(promptId)).at(-1)
  }

  async promptIds(): Promise<readonly string[]> {
    const prompts = await this.#scan()
    return prompts.map(({ promptId }) => promptId).sort()
  }

  async totals(): Promise<{ readonly prompts: number; readonly versions: number }> {
    const prompts = await this.#scan()
    return {
      prompts: prompts.length,
      versions: prompts.reduce((sum, { versions }) => sum + versions.length, 0),
    }
  }

  /** Nothing is remembered here, so there is nothing to look at again. */
  recheck(): Promise<void> {
    return Promise.resolve()
  }

  async rebuild(): Promise<{ readonly prompts: number; readonly versions: number }> {
    return await this.totals()
  }

  async #scan(): ReturnType<typeof scanPrompts> {
    const { path, volume } = this.#directory
    const onUnreadable = (_: string, error: StorageError): void =>
      publish('background-error', () => ({ directory: path, stage: 'index', error }))
    const found = await findPromptDirectories(volume, this.#layout, onUnreadable)
    const prompts = await scanPrompts(volume, this.#layout, found, onUnreadable)
    await this.#directory.settle()
    return prompts
  }
}

/** What cannot be read is told of by the first question that needs it. */
async function holdsVersions(volume: StoreFiles, layout: StoreLayout): Promise<boolean> {
  const ignore = (): void => undefined
  for (const { directory } of await findPromptDirectories(volume, layout, ignore)) {
    const list = async (): Promise<readonly string[]> =>
      await listVersions(volume, layout, directory)
    const versions = await readable(directory, ignore, list)
    if (versions === undefined || versions.length > 0) return true
  }
  return false
}
