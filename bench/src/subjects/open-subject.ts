import type { SubjectName } from '../plan/subjects.js'
import { openBetterSqlite } from './better-sqlite3.js'
import { openCacache } from './cacache.js'
import { openLevel } from './classic-level.js'
import { openCProgram } from './c-program.js'
import { openDirectory } from './directory.js'
import { openFileStorage } from './file-storage.js'
import { openFlydrive } from './flydrive.js'
import { openKeyvFile } from './keyv-file.js'
import { openLmdb } from './lmdb.js'
import { openMemory } from './memory.js'
import { openNodeSqlite } from './node-sqlite.js'
import { openRawFloor } from './raw-floor.js'
import { openSeedDesign } from './seed-design.js'
import { openStorage } from './storage.js'
import type { OpenSubject } from './subject.js'
import { openUnstorage } from './unstorage.js'
import { openWriteFile } from './write-file.js'
import { openWriteFileAtomic } from './write-file-atomic.js'

export const OPEN_SUBJECT: Readonly<Record<SubjectName, OpenSubject>> = {
  'storage-native': openStorage('native'),
  'storage-portable': openStorage('portable'),
  'storage-memory': openMemory,
  'directory-native': openDirectory('native'),
  'directory-portable': openDirectory('portable'),
  'files-floor': openCProgram('journal'),
  'files-unflushed': openCProgram('unflushed'),
  'raw-floor': openRawFloor,
  'better-sqlite3': openBetterSqlite,
  'node-sqlite': openNodeSqlite,
  lmdb: openLmdb,
  'classic-level': openLevel,
  'write-file-atomic': openWriteFileAtomic,
  cacache: openCacache,
  'keyv-file': openKeyvFile,
  'seed-design': openSeedDesign,
  'file-storage-native': openFileStorage('native'),
  'file-storage-portable': openFileStorage('portable'),
  'unstorage-fs': openUnstorage,
  'flydrive-fs': openFlydrive,
  'fs-write-file': openWriteFile,
}
