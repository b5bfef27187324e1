import { describe } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import type { Disk } from '../../../src/disk/disk.js'
import { LockTable } from '../../../src/disk/portable/locks.js'
import { Operations } from '../../../src/disk/node-calls.js'
import { PortableRoot } from '../../../src/disk/portable/root.js'
import { PortableVolume } from '../../../src/disk/portable/volume.js'
import { SharedPage } from '../../../src/format/page.js'
import { restoreInto } from '../../../src/engine/backup/restore-backup.js'
import { unpackBackups } from '../../../src/engine/backup/unpack-backups.js'
import { Store } from '../../../src/engine/store.js'
import { StorageError } from '../../../src/base/errors.js'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { commitContract } from '../../unit/disk/contract/commit.js'
import { fileContract } from '../../unit/disk/contract/files.js'
import { journalContract } from '../../unit/disk/contract/journal.js'
import { lockContract } from '../../unit/disk/contract/locks.js'
import { simulatedDisk } from './disk.js'
import type { Engine } from './engine.js'
import { EMPTY_IMAGE } from './kernel.js'
import { Machine } from './machine.js'
import { World } from './world.js'

/** The sources themselves: the contract asks for their errors. */
const engine: Engine = {
  PortableVolume,
  PortableRoot,
  Operations,
  LockTable,
  DiskError,
  SharedPage,
  Store,
  FileSystemStorage,
  LocalBackend,
  StorageError,
  unpackBackups,
  restoreInto,
}

/** Each directory is that of a machine of its own, and each volume of it a process. */
const machines = new Map<string, Machine>()
const disk: Disk = {
  kind: 'simulated',
  openVolume: async (directory, options) => {
    const machine =
      machines.get(directory) ?? new Machine(new World('contract'), engine, EMPTY_IMAGE)
    machines.set(directory, machine)
    return await simulatedDisk(engine, machine.start()).openVolume(directory, options)
  },
}

/** The simulated disk is a disk: it passes the same suite, but for what looks at real files beside it. */
describe('the simulated disk', () => {
  describe('files', () => fileContract(() => disk))
  describe('locks', () => lockContract(() => disk))
  describe('journal segments', () => journalContract(() => disk))
  describe('commit', () => commitContract(() => disk))
})
