import type { SubjectName } from '../plan.js'
import { openSqlite } from './better-sqlite3.js'
import { openDirectory } from './directory.js'
import { openFilesFloor } from './files-floor.js'
import { openRawFloor } from './raw-floor.js'
import { openStorage } from './storage.js'
import type { OpenSubject } from './subject.js'
import { openWriteFileAtomic } from './write-file-atomic.js'

export const OPEN_SUBJECT: Readonly<Record<SubjectName, OpenSubject>> = {
  'raw-floor': openRawFloor,
  'files-floor': openFilesFloor,
  'storage-native': openStorage('native'),
  'storage-portable': openStorage('portable'),
  'directory-native': openDirectory('native'),
  'directory-portable': openDirectory('portable'),
  'better-sqlite3': openSqlite,
  'write-file-atomic': openWriteFileAtomic,
}
