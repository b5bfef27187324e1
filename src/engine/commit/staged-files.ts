import type { ByteSource } from '../../base/byte-source.js'
import type { OpenParts } from '../opening/open-directory.js'
import { removeStaged, stageStream } from './stage-stream.js'
import type { StagedFile } from './staged-file.js'

/** The staged files of an open directory, until a commit takes them or they are discarded. */
export class StagedFiles {
  readonly #parts: Pick<OpenParts, 'volume' | 'retries'>
  readonly #files = new Set<StagedFile>()

  constructor(parts: Pick<OpenParts, 'volume' | 'retries'>) {
    this.#parts = parts
  }

  async stage(source: ByteSource): Promise<StagedFile> {
    const staged = await stageStream(this.#parts, source)
    this.#files.add(staged)
    return staged
  }

  /** Removes the file, unless a commit has taken it, or may have. */
  async discard(staged: StagedFile): Promise<void> {
    this.forget(staged)
    if (staged.state !== 'free') return
    staged.state = 'gone'
    await removeStaged(this.#parts.volume, staged.path)
  }

  /** Whoever has it now cares for it. */
  forget(staged: StagedFile): void {
    this.#files.delete(staged)
  }

  /** Removes what its callers have left. */
  async discardAll(): Promise<void> {
    for (const staged of this.#files) await this.discard(staged)
  }
}
