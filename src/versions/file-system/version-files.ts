import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { isStorageError } from '../../base/errors.js'
import { isError } from '../../base/values.js'
import type { Store } from '../../engine/store.js'
import type { MovingFiles } from './moving-files.js'
import { isThere } from './removed-versions.js'
import type { KnownPlace, StoreLayout } from './store-layout.js'
import { plainBytes } from './version-codec.js'

/** A version's file where it was found, as it is stored there: perhaps compressed. */
export interface FoundFile<Found = Uint8Array> {
  readonly place: KnownPlace
  readonly path: string
  readonly found: Found
}

const FILE_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }

/** The files of versions, wherever they are. */
export class VersionFiles {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #moving: MovingFiles

  constructor(directory: Store, layout: StoreLayout, moving: MovingFiles) {
    this.#directory = directory
    this.#layout = layout
    this.#moving = moving
  }

  /** As `Store.read`. */
  async read(promptId: string, version: string): Promise<FoundFile | undefined> {
    return await this.#find(promptId, version, async (path) => {
      return await this.#directory.read(path, FILE_LIMIT)
    })
  }

  /** As `Store.readCommitted`. */
  async readCommitted(promptId: string, version: string): Promise<FoundFile | undefined> {
    const first = this.#preferred(promptId, version)
    const found = await this.#directory.readCommitted(first.path, VERSION_FILE_BYTES_MAX)
    if (found !== undefined) return { ...first, found }
    return await this.#find(promptId, version, async (path) => {
      return await this.#directory.readCommitted(path, VERSION_FILE_BYTES_MAX)
    })
  }

  /** As `read`; the bytes of the text. @throws StorageError FS-LOAD-001 for a file that cannot be unpacked */
  async readPlain(
    promptId: string,
    version: string,
  ): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined> {
    const file = await this.read(promptId, version)
    if (file === undefined) return undefined
    const { path, place, found } = file
    return { path, bytes: await plainBytes(found, place.form, { promptId, version, path }) }
  }

  /** As `readCommitted` for many versions of a prompt: a hop for all, and one more for those at each further place. */
  async readManyCommitted(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly (FoundFile<Uint8Array | Error> | undefined)[]> {
    const files: (FoundFile<Uint8Array | Error> | undefined)[] = versions.map(() => undefined)
    const places = versions.map((version) => this.#candidates(promptId, version))
    for (let turn = 0; files.includes(undefined); turn++) {
      const wanted = places.flatMap((some, at) => {
        const candidate = files[at] === undefined ? some[turn] : undefined
        return candidate === undefined ? [] : [{ at, ...candidate }]
      })
      if (wanted.length === 0) break
      const paths = wanted.map(({ path }) => path)
      const contents = await this.#directory.readManyCommitted(paths, VERSION_FILE_BYTES_MAX)
      for (const [one, { at, place, path }] of wanted.entries()) {
        const found = contents[one]
        if (found !== undefined) files[at] = { place, path, found }
      }
    }
    // What was moved meanwhile, and what is gone.
    for (const [at, version] of versions.entries()) {
      try {
        files[at] ??= await this.readCommitted(promptId, version)
      } catch (error) {
        if (!isError(error)) throw error
        const [{ place, path } = this.#preferred(promptId, version)] = places[at] ?? []
        files[at] = { place, path, found: error }
      }
    }
    return files
  }

  /** Where a version is, whatever is there; undefined if there is nothing. */
  async locate(promptId: string, version: string): Promise<FoundFile<true> | undefined> {
    return await this.#find(promptId, version, async (path) => {
      return (await isThere(this.#directory.volume, path)) ? true : undefined
    })
  }

  /**
   * What else has the name of a version that was found: only another program puts a version at two places. Readers use
   * the first, and what removes the version removes all.
   */
  async besides({
    place,
    path: found,
  }: Pick<FoundFile, 'place' | 'path'>): Promise<readonly FoundFile<true>[]> {
    if (this.#layout.hasOnePlace) return []
    const others: FoundFile<true>[] = []
    for (const candidate of this.#candidates(place.promptId, place.version)) {
      if (candidate.path === found) continue
      if (await isThere(this.#directory.volume, candidate.path))
        others.push({ ...candidate, found: true })
    }
    return others
  }

  async #find<Found>(
    promptId: string,
    version: string,
    look: (path: string) => Promise<Found | undefined>,
  ): Promise<FoundFile<Found> | undefined> {
    return await this.#moving.find(() => this.#candidates(promptId, version), look)
  }

  #candidates(promptId: string, version: string): readonly Omit<FoundFile, 'found'>[] {
    return this.#layout
      .placesOf(promptId, version)
      .map((place) => ({ place, path: this.#layout.pathOf(place) }))
  }

  #preferred(promptId: string, version: string): Omit<FoundFile, 'found'> {
    const place = this.#layout.placeOf(promptId, version)
    return { place, path: this.#layout.pathOf(place) }
  }
}

/** Whether a version is at one of its places. True if permissions hide that. */
export async function mayExist(
  files: VersionFiles,
  promptId: string,
  version: string,
): Promise<boolean> {
  try {
    return (await files.locate(promptId, version)) !== undefined
  } catch (error) {
    if (isStorageError(error, 'FS-PERM-001')) return true
    throw error
  }
}
