import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { nowMs } from '../../base/clock.js'
import { toError } from '../../base/values.js'
import { StorageError } from '../../base/errors.js'
import {
  BACKUP_FILES_DIRECTORY,
  BACKUP_MANIFEST_FILE,
  BACKUP_MARK_FILE,
} from '../../format/layout.js'
import { tarEnd, tarHeader, tarPadding } from '../../format/tar.js'
import { PIECE_BYTES, type BackupTarget, type Content, type Written } from './backup-target.js'

/**
 * A backup as a tar archive in a stream: unpacked, it is a directory of backups. What is in the stream cannot be
 * replaced: a file that changes meanwhile comes again under another name, and the manifest names the one that counts.
 */
export class TarTarget implements BackupTarget {
  readonly #stream: Writable
  readonly #name: string
  readonly #writtenTimes = new Map<string, number>()
  /** One file at a time. */
  #turn: Promise<void> = Promise.resolve()

  /** @param name of the directory of the backup */
  constructor(stream: Writable, name: string) {
    this.#stream = stream
    this.#name = name
  }

  /** Writes the mark of the directory that the archive becomes. */
  async begin(mark: Uint8Array): Promise<void> {
    await this.#inTurn(async () => await this.#writeFile(BACKUP_MARK_FILE, mark))
  }

  async put(content: Content): Promise<Written> {
    const { path } = content
    const times = (this.#writtenTimes.get(path) ?? 0) + 1
    this.#writtenTimes.set(path, times)
    const usual = `${BACKUP_FILES_DIRECTORY}/${path}`
    const as = times === 1 ? undefined : `again-${times}/${path}`
    const to = `${this.#name}/${as ?? usual}`
    const digest = createHash('sha256')
    const bytes = 'bytes' in content ? content.bytes.length : content.file.bytes
    await this.#inTurn(async () => {
      await this.#write(tarHeader({ path: to, bytes, modifiedMs: nowMs() }))
      for await (const piece of piecesOf(content)) {
        digest.update(piece)
        await this.#write(piece)
      }
      await this.#write(tarPadding(bytes))
    })
    const written = { bytes, sha256: digest.digest('hex') }
    return as === undefined ? written : { ...written, as }
  }

  /** It stays in the stream, and is not in the manifest. */
  async drop(): Promise<void> {
    await this.#turn
  }

  async finish(manifest: Uint8Array): Promise<void> {
    await this.#inTurn(async () => {
      await this.#writeFile(`${this.#name}/${BACKUP_MANIFEST_FILE}`, manifest)
      await this.#write(tarEnd())
    })
  }

  async #writeFile(path: string, bytes: Uint8Array): Promise<void> {
    await this.#write(tarHeader({ path, bytes: bytes.length, modifiedMs: nowMs() }))
    await this.#write(bytes)
    await this.#write(tarPadding(bytes.length))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => {
        if (error) reject(unwritable(error))
        else resolve()
      })
    })
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done
    // Those that come after it fail with it.
    done.catch(() => undefined)
    await done
  }
}

/** Exactly as many bytes as the header says: a file of another program may have been cut meanwhile. */
async function* piecesOf(content: Content): AsyncGenerator<Uint8Array> {
  if ('bytes' in content) return yield content.bytes
  const { file } = content
  for (let offset = 0; offset < file.bytes;) {
    const wanted = Math.min(PIECE_BYTES, file.bytes - offset)
    const piece = await file.read(offset, wanted)
    yield piece.length === 0 ? new Uint8Array(wanted) : piece
    offset += piece.length === 0 ? wanted : piece.length
  }
}

function unwritable(thrown: unknown): StorageError {
  const cause = toError(thrown)
  return new StorageError('FS-IO-001', `The stream of a backup failed: ${cause.message}`, {
    cause,
    context: { reason: 'stream' },
  })
}
