import { FormatError, StorageError } from '../../base/errors.js'
import type { ByteSource } from '../../base/byte-source.js'
import type { Volume } from '../../disk/disk.js'
import { BACKUP_LOCK_FILE, BACKUP_MARK_FILE, parseBackupName } from '../../format/layout.js'
import { PIECE_BYTES } from './backup-target.js'
import { readTar, type TarFile } from './read-tar.js'

/**
 * Unpacks an archive of backups into an empty directory. The manifests tell whether that is what a backup had written.
 * @throws StorageError FS-LOAD-001 with reason `archive`
 */
export async function unpackBackups(source: ByteSource, to: Volume): Promise<void> {
  try {
    for await (const file of readTar(source)) {
      if (file.path === BACKUP_LOCK_FILE) continue
      const [first = ''] = file.path.split('/')
      if (file.path !== BACKUP_MARK_FILE && parseBackupName(first) === undefined)
        throw new FormatError(`${JSON.stringify(file.path)} is not of a backup`)
      await unpack(file, to)
    }
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new StorageError('FS-LOAD-001', `The archive cannot be restored: ${cause.message}`, {
      cause,
      context: { reason: 'archive' },
    })
  }
}

async function unpack({ path, content }: TarFile, to: Volume): Promise<void> {
  const file = await to.createFile(path)
  try {
    let pieces: Uint8Array[] = []
    let waiting = 0
    for await (const piece of content) {
      // The bytes of a stream may change once it is asked for more.
      pieces.push(Uint8Array.from(piece))
      waiting += piece.length
      if (waiting < PIECE_BYTES) continue
      await file.append(Buffer.concat(pieces))
      pieces = []
      waiting = 0
    }
    if (waiting > 0) await file.append(Buffer.concat(pieces))
  } finally {
    await file.close()
  }
}
