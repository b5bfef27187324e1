export { chooseDisk, type DiskChoice } from './disk/choose-disk.js'
export { nativeInfo, type NativeBinding, type NativeInfo } from './disk/native/load-binding.js'
export type { Capabilities, Disk, DiskKind, DiskSpace, OpenFile } from './disk/disk.js'
export type { DirectoryOptions, Durability } from './engine/directory-options.js'
export type { RetryOptions } from './base/options.js'
export type { DiskSpaceOptions, DiskSpaceReport } from './engine/disk-space.js'
export type {
  BackupOptions,
  BackupOrigin,
  BackupPlace,
  BackupReport,
  BackupSourceOptions,
  DamagedFile,
  RestoreOptions,
  RestoreReport,
  WhichBackup,
} from './engine/backup/backup-options.js'
export { listBackups, verifyBackups } from './engine/backup/backups.js'
export type {
  BackupFinding,
  BackupInfo,
  BackupVerifyReport,
} from './engine/backup/verify-backups.js'
export type { LeftOut } from './format/backup-manifest.js'
export type {
  RestorePromptOptions,
  RestorePromptReport,
  RestoreStoreOptions,
  RestoreStoreReport,
} from './versions/file-system/restore-store.js'
export type { RestoredAsOf } from './versions/file-system/bring-back.js'
export type { DirectoryHealth } from './engine/store.js'
export type { LostReport } from './engine/recovery/lost-files.js'
export { DurableDirectory } from './engine/durable-directory.js'
export type { LostFile, LostReason } from './base/channels.js'
export type { LostList } from './format/lost-list.js'
export { INLINE_BYTES_MAX } from './engine/journal/segments.js'
export type { StagedFile } from './engine/commit/staging.js'
export {
  TRANSACTION_OPERATIONS_MAX,
  type Change,
  type Check,
  type FileChange,
  type Operation,
} from './engine/commit/transaction.js'
export type { ChangeListener } from './engine/journal/feed.js'
export {
  HoldfastError,
  // Its name in the seed documents.
  HoldfastError as OptimizerError,
  STORAGE_ERROR_CODES,
  StorageError,
  VersionConflictError,
  isHoldfastError,
  isStorageError,
  type ContextOf,
  type ErrorContext,
  type FailureFacts,
  type HoldfastErrorOptions,
  type StorageErrorCode,
} from './base/errors.js'
export type { OptimizationChange, OptimizationResult } from './versions/prompts/prompt-version.js'
export type {
  PromptAnalysis,
  PromptIssue,
  PromptSuggestion,
} from './versions/prompts/prompt-version.js'
export {
  promptSchema,
  type ChatPrompt,
  type Prompt,
  type PromptContent,
  type PromptInput,
  type TextPrompt,
} from './versions/prompts/prompt.js'
export type {
  BodyOf,
  ChatBody,
  Message,
  MessagePart,
  PromptBody,
  Template,
  TextBody,
} from './versions/registry/template.js'
export {
  promptVersionSchema,
  type PromptVersion,
  type PromptVersionInput,
} from './versions/prompts/prompt-version.js'
export {
  CHANNEL_NAMES,
  subscribe,
  type ChannelMessages,
  type ChannelName,
} from './base/channels.js'
export type { FileSystemStorageOptions } from './versions/file-system/file-system-options.js'
export { FileSystemStorage } from './versions/file-system/file-system-storage.js'
export {
  MemoryStorage as InMemoryStorage,
  type ImportDataOptions,
  type MemoryStorageOptions,
} from './versions/memory-storage.js'
export type {
  AsOfOptions,
  Undated,
  VersionsAsOf,
  VersionTimeTravel,
} from './versions/time-travel.js'
export { DocumentStorage, type ReadOptions } from './versions/source/document-storage.js'
export type { DocumentStorageOptions } from './versions/source/document-storage-options.js'
export type {
  Coherence,
  DocumentSource,
  InsertRefusal,
  NewDocument,
  SourceChange,
  SourceEvent,
  SourceReport,
  SourceListener,
  SourcePlan,
  StoredDocument,
  TakenDocument,
  VersionName,
} from './versions/source/document-source.js'
export type { PromptPast } from './versions/presences.js'
export type {
  CopiedRecord,
  CopiedVersion,
  PromptCopy,
  PromptState,
  VersionCopies,
} from './versions/version-copies.js'
export type {
  CommitTimesByVersion,
  HistoryEntry,
  KnownHistory,
  VersionsDeleted,
  VersionsRestored,
} from './versions/prompt-history.js'
export type { VersionExport } from './versions/memory-export.js'
export type { EarlierDocument, SchemaInfo, Upgrade } from './versions/schema-info.js'
export type { StandardSchema } from './versions/version-storage.js'
export type { DiagnosisFinding, DiagnosisKind } from './versions/file-system/diagnosis-findings.js'
export type {
  Diagnosis,
  ShardingReport,
  StorageStats,
} from './versions/file-system/store-reports.js'
export type { CompressOptions, DecompressOptions } from './versions/file-system/compress-options.js'
export type {
  CompressReport,
  RewrittenVersion,
  SkippedVersion,
} from './versions/file-system/compress.js'
export type { ReshardOptions, ReshardReport } from './versions/file-system/reshard.js'
export type { CacheUsage, DocumentUse } from './versions/file-system/usage-file.js'
export type { TrashedVersion } from './versions/file-system/trash.js'
export type { CacheStats } from './versions/version-cache.js'
export { VersionManager, type VersionManagerOptions } from './versions/prompts/version-manager.js'
export { PromptRegistry } from './versions/registry/prompt-registry.js'
export type {
  LabelOptions,
  PromptRegistryOptions,
  PublishOptions,
  RegistryStorage,
  TagChanges,
} from './versions/registry/registry-options.js'
export type { ContentOf, MergedOf, RecordedField } from './versions/registry/payloads.js'
export type { Published } from './versions/registry/publishing.js'
export type { PromptGraph, VersionRecord } from './versions/registry/version-records.js'
export type { VersionDiff } from './versions/registry/compare-versions.js'
export type {
  DocumentDiff,
  FieldChange,
  PatchOperation,
  TextChange,
  TextPart,
} from './versions/registry/diff.js'
export type { MergeConflict, MergeResult } from './versions/registry/merge.js'
export type { SearchOptions } from './versions/registry/search.js'
export type { RegistryTransaction } from './versions/registry/registry-transaction.js'
export {
  planRetention,
  type KeptVersion,
  type RetentionCandidate,
  type RetentionPlan,
} from './versions/registry/retention.js'
export type { RetentionPolicy } from './versions/registry/retention-policy.js'
export type { RetentionSchedule } from './versions/registry/scheduled-retention.js'
export type { PromptRetention } from './versions/registry/retiring.js'
export type {
  PromptIdsOptions,
  VersionIteration,
  VersionRemoval,
  VersionsOptions,
} from './versions/version-iteration.js'
export type {
  VersionFacts,
  VersionSummaries,
  VersionSummary,
} from './versions/version-summaries.js'
export { editable, type Editable } from './versions/registry/editable.js'
export { compile, type CompileOptions, type Values } from './versions/registry/compile.js'
export {
  compose,
  type Composed,
  type ComposeOptions,
  type Included,
  type Loaded,
  type LoadPrompt,
} from './versions/registry/compose.js'
export {
  placeholdersOf,
  type Placeholder,
  type PlaceholderGrammar,
} from './versions/registry/placeholders.js'
export { suggestBump, type BumpSuggestion } from './versions/registry/suggest-bump.js'
export { formatReference, parseReference, type Reference } from './versions/registry/reference.js'
export type {
  Decision,
  Deprecation,
  LabelMove,
  LabelState,
  PromptChange,
  PromptHead,
  PromptView,
  VersionTransactions,
} from './versions/prompt-heads.js'
export type { NewVersion } from './versions/prompts/new-version.js'
export {
  HARMLESS_FINDINGS,
  type Finding,
  type FindingKind,
  type VerifyReport,
  type VerifyOptions,
} from './versions/file-system/findings.js'
export { createStorage } from './config/create-storage.js'
export { loadConfig } from './config/load-config.js'
export type { EnvConfig, OptimizationConfig, OptimizerConfig } from './config/env-config.js'
export type {
  ConfigOrigin,
  ConfigSource,
  LoadConfigOptions,
  LoadedConfig,
} from './config/resolve-config.js'
export { DatabaseStorage, type DatabaseStorageOptions } from './config/database-storage.js'
export type { StoreOptions } from './config/backends/backend.js'
export type { BackendName } from './config/backends/backends.js'
export type { ResolvedStorageConfig, StorageConfig } from './config/storage-config.js'
export type { IntegrityProblem, IntegrityReport } from './versions/source/integrity.js'
export type { Capability, DeclaresSupports, Supports } from './versions/supports.js'
export type { VersionStore } from './versions/version-store.js'
export type {
  Closeable,
  KeepsOpen,
  ListOptions,
  PromptEnumerable,
  SaveOptions,
  VersionBatch,
  VersionDocument,
  VersionNames,
  VersionSchema,
  VersionStorage,
} from './versions/version-storage.js'
export type {
  AnyChange,
  LabelChange,
  LabelWatchOptions,
  VersionChange,
  VersionChanges,
  VersionWatch,
  WatchOptions,
} from './versions/version-watch.js'
export type { FollowOptions } from './versions/registry/following.js'
