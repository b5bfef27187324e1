export type {
  ByteRange,
  FileBackend,
  FileBody,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from './backend.js'
export type { BatchResult } from './batch.js'
export type { AccessReport } from './cloud/access.js'
export { FILE_STORAGE_CONFIG_KEYS, type FileStorageConfig } from './config.js'
export { fileBackendConformance } from './conformance.js'
export type {
  ConformanceRunner,
  FileBackendPlace,
  FileBackendSubject,
} from './conformance/subject.js'
export { fileStorageConfigFrom } from './environment.js'
export type { FileDocument, FileEncryption, KeyDerivation } from './file-document.js'
export { FILE_KEY_BYTES_MAX } from './file-key.js'
export type { FileInfo } from './file-parts.js'
export type { HealthOptions, HealthReason } from './file-health.js'
export type { FileHealth, FileStats } from './file-stats.js'
export { FileStorage } from './file-storage.js'
export type { Metadata, StoreEntry, StoreOptions, StreamOptions } from './file-writer.js'
export type { FileList, ListFilesOptions } from './listing.js'
export type { FileStray } from './local/strays.js'
export type { FileUsage } from './maintenance.js'
export type { KeyMaterial } from './pipeline/keys.js'
export type { QuotaState } from './quota.js'
export { getFileStorage, initializeFileStorage } from './shared-storage.js'
export type { FileMetrics, OperationCount } from './statistics.js'
export type { SyncOptions, SyncReport } from './sync.js'
export type { FileValue } from './value.js'
export type { FileLoss, FileProblem, FileVerifyOptions, FileVerifyReport } from './verify.js'
