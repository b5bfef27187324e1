// Copies of whole storages: from any of this package to any other.
export { migrate, type MigrationReport } from './migrate.js'
export type { MigrateOptions } from './migrate-options.js'
export type { MigrationProgress } from './pace.js'
export { rollBack, type RollBackOptions, type RollBackReport } from './roll-back.js'
export {
  countVersions,
  validateMigration,
  type CountReport,
  type ValidationReport,
} from './validate.js'
export type { Difference, DifferenceKind } from './compare.js'
export { exportVersions } from './export-versions.js'
export {
  importVersions,
  type ImportTarget,
  type ImportVersionsOptions,
  type ImportVersionsReport,
} from './import-versions.js'
export type {
  ExportedItem,
  ExportedKnown,
  ExportedRecord,
  ExportedVersion,
} from './exported-item.js'
