// Versions in a file of SQLite.
export { SqliteStorage } from './sqlite-storage.js'
export type { SqliteStorageOptions } from './sqlite-options.js'
export type { DriverName } from './driver.js'
export type { IntegrityProblem, IntegrityReport } from '../versions/source/integrity.js'
