import type { Volume } from '../../disk/disk.js'
import { encodeExternal } from '../../format/record.js'

/**
 * A file that has been written and flushed under a private name, to be given its own by a commit. `free`: nobody has
 * used it; `sent`: a commit has it, or its outcome is unknown, so that recovery may need it; `gone`: it has its own name
 * now, or has been discarded.
 */
export class StagedFile {
  readonly bytes: number
  /** SHA-256. */
  readonly digest: Uint8Array
  readonly path: string
  readonly volume: Volume
  state: 'free' | 'sent' | 'gone' = 'free'

  constructor(volume: Volume, path: string, bytes: number, digest: Uint8Array) {
    this.volume = volume
    this.path = path
    this.bytes = bytes
    this.digest = digest
  }

  /** What a frame says of it. */
  get external(): Uint8Array {
    return encodeExternal({ stagedPath: this.path, bytes: this.bytes, digest: this.digest })
  }
}
