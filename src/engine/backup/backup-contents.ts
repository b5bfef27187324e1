import { hash } from 'node:crypto'
import { DiskError, isMomentary } from '../../disk/disk-error.js'
import type { OpenFile, Volume } from '../../disk/disk.js'
import { contentPath, type BackedUpFile } from '../../format/backup-manifest.js'
import type { FoundBackup } from './backup-chain.js'
import { readDigest } from './backup-target.js'
import type { DamagedFile } from './backup-options.js'

/** Why a content is not what was written, and the failure that says so, if there was one. */
export interface Damage {
  readonly damage: DamagedFile['reason']
  readonly cause?: DiskError
}

/** What is at the place of a content: the content, or why it is not that. */
export type FoundContent = { readonly bytes: Uint8Array } | { readonly file: OpenFile } | Damage

/** Longer files are read in pieces. */
const WHOLE_BYTES_MAX = 64 * 1024

/** The contents of backups, each checked against the manifest that names it. */
export class BackupContents {
  readonly #volume: Volume
  readonly #names: ReadonlyMap<number, string>

  constructor(volume: Volume, backups: readonly FoundBackup[]) {
    this.#volume = volume
    this.#names = new Map(backups.map(({ sequence, name }) => [sequence, name]))
  }

  /** Where the content is, relative to the directory of backups. */
  pathOf(file: BackedUpFile): string {
    return `${this.#names.get(file.run) ?? file.run}/${contentPath(file)}`
  }

  /**
   * Each content, checked; a long one is checked by reading all of it, and then open to be read again.
   * @throws DiskError if the disk gives no answer now
   */
  async read(files: readonly BackedUpFile[]): Promise<FoundContent[]> {
    const paths = files.map((file) => this.pathOf(file))
    const read = await this.#volume.readMany(paths, WHOLE_BYTES_MAX)
    const found: FoundContent[] = []
    try {
      for (const [at, file] of files.entries()) {
        const result = read[at]
        if (result === undefined) found.push({ damage: 'missing' })
        else if (!(result instanceof DiskError)) found.push(checked(file, result))
        else if (result.code === 'EFBIG') found.push(await this.#open(file))
        else found.push(unreadable(result))
      }
      return found
    } catch (error) {
      await releaseContents(found)
      throw error
    }
  }

  /** Undefined when the content is whole. @throws DiskError if the disk gives no answer now */
  async damageOf(file: BackedUpFile): Promise<Damage | undefined> {
    try {
      const { bytes, sha256 } = await readDigest(this.#volume, this.pathOf(file))
      if (bytes !== file.bytes) return { damage: 'size' }
      return sha256 === file.sha256 ? undefined : { damage: 'content' }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      return error.code === 'ENOENT' ? { damage: 'missing' } : unreadable(error)
    }
  }

  async #open(file: BackedUpFile): Promise<FoundContent> {
    const damage = await this.damageOf(file)
    if (damage !== undefined) return damage
    const opened = await this.#volume.openFile(this.pathOf(file))
    return opened === undefined ? { damage: 'missing' } : { file: opened }
  }
}

/** Closes the open files among them. */
export async function releaseContents(found: readonly FoundContent[]): Promise<void> {
  for (const content of found) if ('file' in content) await content.file.close()
}

/** @throws the error itself if it says nothing of the file */
function unreadable(cause: DiskError): Damage {
  if (isMomentary(cause)) throw cause
  return { damage: 'unreadable', cause }
}

function checked({ bytes, sha256 }: BackedUpFile, found: Uint8Array): FoundContent {
  if (found.length !== bytes) return { damage: 'size' }
  return hash('sha256', found) === sha256 ? { bytes: found } : { damage: 'content' }
}
