import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as holdfast from '../../src/index.js'

const SOURCE = join(import.meta.dirname, '../../src/index.ts')

describe('the main entry of the package', () => {
  it('exports exactly these values', () => {
    expect(Object.keys(holdfast).sort()).toEqual([
      'CHANNEL_NAMES',
      'DurableDirectory',
      'FileSystemStorage',
      'HARMLESS_FINDINGS',
      'HoldfastError',
      'INLINE_BYTES_MAX',
      'InMemoryStorage',
      'OptimizerError',
      'STORAGE_ERROR_CODES',
      'StorageError',
      'TRANSACTION_OPERATIONS_MAX',
      'VersionConflictError',
      'VersionManager',
      'chooseDisk',
      'isHoldfastError',
      'isStorageError',
      'nativeInfo',
      'promptSchema',
      'promptVersionSchema',
      'subscribe',
    ])
    expect(holdfast.OptimizerError).toBe(holdfast.HoldfastError)
  })

  it('exports exactly these types', async () => {
    const text = (await readFile(SOURCE, 'utf8')).replaceAll(/\/\/.*/g, '')
    const names = [...text.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(
      ([, isType, list = '']) =>
        list
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && (isType !== undefined || name.startsWith('type ')))
          .map((name) => name.replace(/^type /, '')),
    )
    expect(names.sort()).toEqual([
      'CacheStats',
      'Capabilities',
      'Change',
      'ChangeListener',
      'ChannelMessages',
      'ChannelName',
      'Check',
      'Closeable',
      'ContextOf',
      'Decision',
      'Deprecation',
      'Diagnosis',
      'DirectoryHealth',
      'DirectoryOptions',
      'Disk',
      'DiskChoice',
      'DiskKind',
      'DiskSpace',
      'DiskSpaceOptions',
      'DiskSpaceReport',
      'Durability',
      'EarlierDocument',
      'ErrorContext',
      'FailureFacts',
      'FileChange',
      'FileSystemStorageOptions',
      'Finding',
      'FindingKind',
      'HoldfastErrorOptions',
      'ImportDataOptions',
      'KeepsOpen',
      'LabelMove',
      'LabelState',
      'ListOptions',
      'LostFile',
      'LostList',
      'LostReason',
      'LostReport',
      'MemoryStorageOptions',
      'NativeBinding',
      'NativeInfo',
      'NewVersion',
      'OpenFile',
      'Operation',
      'OptimizationChange',
      'OptimizationResult',
      'Prompt',
      'PromptAnalysis',
      'PromptChange',
      'PromptEnumerable',
      'PromptHead',
      'PromptInput',
      'PromptIssue',
      'PromptSuggestion',
      'PromptVersion',
      'PromptVersionInput',
      'PromptView',
      'RetryOptions',
      'SaveOptions',
      'SchemaInfo',
      'StagedFile',
      'StandardSchema',
      'StorageErrorCode',
      'StorageStats',
      'TrashedVersion',
      'Upgrade',
      'VerifyOptions',
      'VerifyReport',
      'VersionBatch',
      'VersionChange',
      'VersionChanges',
      'VersionDocument',
      'VersionExport',
      'VersionManagerOptions',
      'VersionNames',
      'VersionStorage',
      'VersionTransactions',
      'VersionWatch',
    ])
  })
})
