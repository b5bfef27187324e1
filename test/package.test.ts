import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as keyv from '../src/adapters/keyv.js'
import * as unstorage from '../src/adapters/unstorage.js'
import * as client from '../src/client/index.js'
import * as files from '../src/files/index.js'
import * as interchange from '../src/interchange/index.js'
import * as locks from '../src/locks/index.js'
import * as migration from '../src/migration/index.js'
import * as sqlite from '../src/sqlite/index.js'
import * as buckets from '../src/buckets/index.js'
import * as workflows from '../src/optimizer/index.js'

const ROOT = join(import.meta.dirname, '..')

function byCodeUnit(a: string | undefined, b: string | undefined): number {
  return String(a) < String(b) ? -1 : 1
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly repository: { readonly url: string }
  readonly homepage: string
  readonly bugs: string
  readonly os?: readonly string[]
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest
}

describe('the package', () => {
  it('exports exactly these names for workflows', () => {
    expect(Object.keys(workflows).sort()).toEqual([
      'ConfigLoader',
      'DataCollector',
      'DifyClient',
      'DifyConsole',
      'DifyError',
      'DifyRunner',
      'ExecutorService',
      'ExperimentError',
      'LINT_RULE_IDS',
      'Ledger',
      'MetricsDrivenOptimizer',
      'ModelError',
      'OpenAiChatModel',
      'OptimizationEngine',
      'OptimizationError',
      'OptimizationLoop',
      'OptimizerService',
      'PatchError',
      'PromptAnalyzer',
      'PromptExtractor',
      'PromptPatchEngine',
      'ResultClassifier',
      'RunExecutor',
      'RunManifestBuilder',
      'TaskScheduler',
      'TestCaseGenerator',
      'VersionManager',
      'WorkflowCatalog',
      'WorkflowEntry',
      'WorkflowError',
      'aggregateMetrics',
      'analyzeWorkflow',
      'applyRun',
      'casesEvaluator',
      'checkRunConfig',
      'checkTestExecutionReport',
      'checkTestPlan',
      'checkTestResult',
      'digestOf',
      'editTexts',
      'effectInterval',
      'errorDistribution',
      'evaluatorOf',
      'evaluatorSpecSchema',
      'extractPrompts',
      'formatFindings',
      'generatePatches',
      'holm',
      'htmlReport',
      'importWorkflows',
      'isDifyError',
      'isModelError',
      'ledgerSchema',
      'lintDifyFile',
      'lintSource',
      'markdownReport',
      'modelProposer',
      'optimizeWorkflow',
      'optimizeWorkflowStreaming',
      'parseCases',
      'parseDifyFile',
      'parseWorkflow',
      'permutationTest',
      'planExperiment',
      'planRun',
      'promptHistories',
      'promptPointers',
      'proofRunsMax',
      'protectedParts',
      'prove',
      'publishWith',
      'readDefinition',
      'recordedRunner',
      'referencesOf',
      'refusalOf',
      'replaceTexts',
      'replayRun',
      'reportOfRun',
      'resultsAsCsv',
      'resultsAsJson',
      'resumeRun',
      'runExperiment',
      'runNameOf',
      'search',
      'selectStrategy',
      'splitCases',
      'startRun',
      'toSarif',
    ])
  })

  it('exports exactly these names for the formats of other programs', () => {
    expect(Object.keys(interchange).sort()).toEqual([
      'InterchangeError',
      'exportPrompts',
      'importPrompts',
    ])
  })

  it('exports exactly these names for clients of a server', () => {
    expect(Object.keys(client).sort()).toEqual([
      'HoldfastError',
      'PromptRegistry',
      'RemoteError',
      'RemoteStorage',
      'StorageError',
      'VersionConflictError',
      'compile',
      'isHoldfastError',
      'isStorageError',
      'withFallback',
    ])
  })

  it('exports exactly these names for files', () => {
    expect(Object.keys(files).sort()).toEqual([
      'FILE_KEY_BYTES_MAX',
      'FILE_STORAGE_OPTION_NAMES',
      'FileStorage',
      'fileBackendConformance',
      'fileStorageConfigFrom',
      'getFileStorage',
      'initializeFileStorage',
    ])
  })

  it('exports exactly these names for locks', () => {
    expect(Object.keys(locks).sort()).toEqual(['FileLocks', 'PostgresLocks', 'RedisLocks'])
  })

  it('exports exactly these names for migration', () => {
    expect(Object.keys(migration).sort()).toEqual([
      'countVersions',
      'exportVersions',
      'importVersions',
      'migrate',
      'rollBack',
      'validateMigration',
    ])
  })

  it('exports exactly these names for SQLite', () => {
    expect(Object.keys(sqlite)).toEqual(['SqliteStorage'])
  })

  it('exports exactly these names for versions in buckets', () => {
    expect(Object.keys(buckets).sort()).toEqual(['BucketSource', 'BucketStorage'])
  })

  it('exports exactly these names for unstorage and Keyv', () => {
    expect(Object.keys(unstorage).sort()).toEqual(['default', 'holdfastDriver'])
    expect(unstorage.default).toBe(unstorage.holdfastDriver)
    expect(Object.keys(keyv).sort()).toEqual(['KeyvHoldfast', 'createKeyv', 'default'])
    expect(keyv.default).toBe(keyv.KeyvHoldfast)
  })

  it('depends on little, and each of it has its row in docs/dependencies.md', async () => {
    const { dependencies, peerDependencies } = await manifestOf(ROOT)
    expect(Object.keys(dependencies)).toEqual([
      'diff',
      'jsondiffpatch',
      'lru-cache',
      'semver',
      'zod',
    ])
    const table = await readFile(join(ROOT, 'docs/dependencies.md'), 'utf8')
    const rows = [...table.matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name)
    const licences = await readFile(join(ROOT, 'dist/bundled/THIRD-PARTY-LICENSES.txt'), 'utf8')
    const bundled = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+ \((MIT|ISC|BSD-3-Clause)\)$/gm)]
    const used = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]
    expect(rows.toSorted(byCodeUnit)).toEqual(
      [...used, ...bundled.map(([, name]) => name)].toSorted(byCodeUnit),
    )
  })

  it('knows where it comes from, and runs on every system', async () => {
    const { repository, homepage, bugs, os } = await manifestOf(ROOT)
    expect(repository.url).toMatch(/^git\+https:\/\/.+\.git$/)
    for (const address of [homepage, bugs]) expect(address).toMatch(/^https:/)
    expect(os).toBeUndefined()
  })

  it('runs nothing when it is installed as a dependency', async () => {
    const manifest = await manifestOf(ROOT)
    expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining(['install']))
    expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining(['postinstall']))
  })
})
