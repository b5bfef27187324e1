export type { ByteRange, FileBody } from '../base/byte-source.js'
export type {
  DeleteCondition,
  Describe,
  FileBackend,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from './backend.js'
export type { BatchResult } from './batch.js'
export type { AccessReport } from './bucket/access.js'
export type { FileStorageConfig } from './config.js'
export { fileBackendConformance } from './conformance.js'
export type {
  ConformanceRunner,
  FileBackendPlace,
  FileBackendSubject,
} from './conformance/subject.js'
export { fileStorageConfigFrom } from './environment.js'
export type { FileDocument, FileEncryption, KeyDerivation } from './document.js'
export { FILE_STORAGE_OPTION_NAMES, type FileStorageOptions } from './file-storage-options.js'
export type { KeepRequest, KeepSetting, KeptEntry, KeptVersion, VersionKeeper } from './kept.js'
export { FILE_KEY_BYTES_MAX } from './key.js'
export type { FileVersion, VersionOptions } from './history.js'
export type { FileInfo } from './info.js'
export type { RetrieveStreamOptions } from './calls.js'
export type { PruneOptions } from './versions.js'
export type { HealthOptions, HealthReason } from './health.js'
export type { FileHealth, FileStats } from './health.js'
export { FileStorage } from './file-storage.js'
export type { Metadata, StoreEntry, StoreOptions, StreamOptions } from './writer.js'
export type { FileList, ListFilesOptions } from './listing.js'
export type { FileStray } from './local/strays.js'
export type { FileUsage } from './maintenance.js'
export type { KeyMaterial } from './pipeline/keys.js'
export type { QuotaState } from './quota.js'
export type { SeedFileStorageConfig } from './seed-config.js'
export { getFileStorage, initializeFileStorage } from './shared-storage.js'
export type { FileMetrics, OperationCount } from './statistics.js'
export type { SyncOptions, SyncReport } from './maintenance.js'
export type { FileValue } from './value.js'
export type { FileLoss, FileProblem, FileVerifyOptions, FileVerifyReport } from './verify.js'
