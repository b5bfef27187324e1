import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as files from '../src/files/index.js'
import * as holdfast from '../src/index.js'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
const MEGABYTE = 1024 * 1024

function byCodeUnit(a: string | undefined, b: string | undefined): number {
  return String(a) < String(b) ? -1 : 1
}

describe('the package', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(holdfast).sort()).toEqual([
      'CHANNEL_NAMES',
      'DurableDirectory',
      'FileSystemStorage',
      'HARMLESS_FINDINGS',
      'INLINE_BYTES_MAX',
      'InMemoryStorage',
      'STORAGE_ERROR_CODES',
      'StorageError',
      'TRANSACTION_OPERATIONS_MAX',
      'VersionConflictError',
      'VersionManager',
      'WorkflowError',
      'chooseDisk',
      'extractPrompts',
      'importWorkflows',
      'nativeInfo',
      'parseWorkflow',
      'promptSchema',
      'promptVersionSchema',
      'subscribe',
    ])
  })

  it('exports exactly these names for files', () => {
    expect(Object.keys(files).sort()).toEqual([
      'FILE_KEY_BYTES_MAX',
      'FILE_STORAGE_CONFIG_KEYS',
      'FileStorage',
      'fileBackendConformance',
      'fileStorageConfigFrom',
      'getFileStorage',
      'initializeFileStorage',
    ])
  })

  it('packs what runs and what builds the addon, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
    })
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[]; size: number }]
    const files = packed.files.map(({ path }) => path)
    const tops = new Set(files.map((path) => path.split('/')[0]))
    expect([...tops].toSorted(byCodeUnit)).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'binding.gyp',
      'dist',
      'native',
      'package.json',
      'prebuilds',
    ])
    expect(files).toContain('prebuilds/linux-x64/holdfast.glibc.node')
    expect(files).toContain('dist/index.d.ts')
    expect(packed.size).toBeLessThan(MEGABYTE)
  })

  it('runs nothing when it is installed as a dependency', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
      gypfile: boolean
    }
    expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining(['install']))
    expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining(['postinstall']))
    expect(manifest.gypfile).toBe(false)
  })

  it('can be required from CommonJS', async () => {
    const { stdout } = await run(
      process.execPath,
      ['-e', "console.log(typeof require('holdfast').FileSystemStorage.open)"],
      { cwd: ROOT },
    )
    expect(stdout.trim()).toBe('function')
  })
})
