import type { DiskError } from '../../../src/disk/disk-error.js'
import type { LockTable } from '../../../src/disk/portable/locks.js'
import type { Operations } from '../../../src/disk/node-calls.js'
import type { PortableRoot } from '../../../src/disk/portable/root.js'
import type { PortableVolume } from '../../../src/disk/portable/volume.js'
import type { SharedPage } from '../../../src/format/page.js'
import type { Store } from '../../../src/engine/store.js'
import type { StorageError } from '../../../src/base/errors.js'
import type { LocalBackend } from '../../../src/files/local/backend.js'
import type { restoreInto } from '../../../src/engine/backup/restore-backup.js'
import type { unpackBackups } from '../../../src/engine/backup/unpack-backups.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'

/** What the simulation uses of the package. */
export interface Engine {
  readonly PortableVolume: typeof PortableVolume
  readonly PortableRoot: typeof PortableRoot
  readonly Operations: typeof Operations
  readonly LockTable: typeof LockTable
  readonly DiskError: typeof DiskError
  readonly SharedPage: typeof SharedPage
  readonly Store: typeof Store
  readonly FileSystemStorage: typeof FileSystemStorage
  readonly LocalBackend: typeof LocalBackend
  readonly StorageError: typeof StorageError
  readonly unpackBackups: typeof unpackBackups
  readonly restoreInto: typeof restoreInto
}

const FILES = [
  'disk/portable/volume.js',
  'disk/portable/root.js',
  'disk/node-calls.js',
  'disk/portable/locks.js',
  'disk/disk-error.js',
  'format/page.js',
  'engine/store.js',
  'versions/file-system/file-system-storage.js',
  'files/local/backend.js',
  'base/errors.js',
  'engine/backup/unpack-backups.js',
  'engine/backup/restore-backup.js',
  // The engine loads it with the first backup, which would take the time of the real world.
  'engine/backup/back-up.js',
]

/** The package that is built in `root`, with a '/' at its end: the real one, or one with a bug planted in it. */
export async function loadEngine(root: URL): Promise<Engine> {
  const modules: unknown[] = []
  for (const file of FILES) modules.push(await import(new URL(file, root).href))
  return Object.assign({}, ...modules) as Engine
}
