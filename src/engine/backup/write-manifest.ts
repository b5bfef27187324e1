import { createHash } from 'node:crypto'
import { dueTurn } from '../../base/turns.js'
import {
  encodeFile,
  encodeRemoved,
  encodeSummary,
  sealManifest,
  type BackupStore,
} from '../../format/backup-manifest.js'
import type { LostList } from '../../format/lost-list.js'
import type { BackupReport } from './backup-options.js'
import type { BackupTarget } from './backup-target.js'
import type { Copied, Making } from './copying.js'
import type { Point } from './store-source.js'

/** Lines of a manifest that are encoded at once: less than a millisecond. */
const LINES_AT_ONCE = 500

/** Writes the manifest of a backup whose contents are written, and reports it. */
export async function writeManifest(
  from: { readonly store: BackupStore; readonly lost: () => LostList },
  target: BackupTarget,
  { sequence, base, snapshot }: Making,
  { state, leftOut, leftOutOmitted, heldMs }: Copied,
  { lsn, at }: Point,
): Promise<Omit<BackupReport, 'path'>> {
  const text = new ManifestText()
  let [addedFiles, addedBytes, removedFiles] = [0, 0, 0]
  for (const [path, file] of state.changes) {
    if (file === undefined) removedFiles++
    else if (file.run === sequence) {
      addedFiles++
      addedBytes += file.bytes
    }
    await text.add(file === undefined ? encodeRemoved(path) : encodeFile(file, sequence))
  }
  const left = { left_out: leftOut, left_out_omitted: leftOutOmitted }
  const { files, bytes } = state
  const facts = { sequence, lsn, at, files, bytes, lost: from.lost(), ...left }
  const { previous, broken } = base
  await text.add(encodeSummary({ ...facts, previous, store: from.store, linked: snapshot }))
  await target.finish(text.seal())
  return {
    ...facts,
    full: previous === null,
    snapshot,
    added_files: addedFiles,
    added_bytes: addedBytes,
    removed_files: removedFiles,
    writers_held_ms: Math.round(heldMs * 10) / 10,
    ...(broken === undefined ? {} : { chain_broken: broken }),
  }
}

/** The text of a manifest, put together without keeping the event loop for long. */
class ManifestText {
  readonly #digest = createHash('sha256')
  readonly #pieces: Buffer[] = []
  #lines: string[] = []

  async add(line: string): Promise<void> {
    if (this.#lines.push(line) < LINES_AT_ONCE) return
    this.#takeLines()
    await dueTurn()
  }

  /** All bytes, with the checksum at the end. */
  seal(): Uint8Array {
    this.#takeLines()
    return Buffer.concat([...this.#pieces, Buffer.from(sealManifest(this.#digest.digest('hex')))])
  }

  #takeLines(): void {
    const piece = Buffer.from(this.#lines.join(''))
    this.#digest.update(piece)
    this.#pieces.push(piece)
    this.#lines = []
  }
}
