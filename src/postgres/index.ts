/** Versions in PostgreSQL: `holdfast/postgres`. */
export { PostgresStorage } from './postgres-storage.js'
export { PostgresSource } from './postgres-source.js'
export type { PostgresOptions, PostgresStorageOptions } from './postgres-options.js'
export type { PostgresPool } from './driver.js'
