import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as keyv from '../src/adapters/keyv.js'
import * as unstorage from '../src/adapters/unstorage.js'
import * as files from '../src/files/index.js'
import * as holdfast from '../src/index.js'
import { tempDirectory } from './support/temp.js'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
const MEGABYTE = 1024 * 1024

function byCodeUnit(a: string | undefined, b: string | undefined): number {
  return String(a) < String(b) ? -1 : 1
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly gypfile: boolean
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest
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
      'isStorageError',
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

  it('exports exactly these names for unstorage and Keyv', () => {
    expect(Object.keys(unstorage).sort()).toEqual(['default', 'holdfastDriver'])
    expect(unstorage.default).toBe(unstorage.holdfastDriver)
    expect(Object.keys(keyv).sort()).toEqual(['KeyvHoldfast', 'createKeyv', 'default'])
    expect(keyv.default).toBe(keyv.KeyvHoldfast)
  })

  it('works for those who have neither unstorage nor Keyv', async () => {
    const directory = await tempDirectory()
    const modules = join(directory, 'node_modules')
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
      { cwd: ROOT },
    )
    const [packed] = JSON.parse(stdout) as [{ filename: string }]
    await mkdir(modules)
    await run('tar', ['xzf', packed.filename], { cwd: directory })
    await rename(join(directory, 'package'), join(modules, 'holdfast'))
    const { dependencies } = await manifestOf(join(modules, 'holdfast'))
    for (const name of Object.keys(dependencies))
      await symlink(join(ROOT, 'node_modules', name), join(modules, name))
    const consumer = `
      for (const path of ['holdfast', 'holdfast/files', 'holdfast/unstorage', 'holdfast/keyv'])
        await import(path).then(() => console.log(path), (error) => console.log(path, error.code, error.message))
      const { default: holdfastDriver } = await import('holdfast/unstorage')
      const driver = holdfastDriver({ backend: 'memory' })
      await driver.setItem('a', 'works')
      console.log(await driver.getItem('a'))`
    const result = await run(process.execPath, ['--input-type=module', '-e', consumer], {
      cwd: directory,
    })
    expect(result.stdout.trim().split('\n')).toEqual([
      'holdfast',
      'holdfast/files',
      'holdfast/unstorage',
      expect.stringMatching(/^holdfast\/keyv ERR_MODULE_NOT_FOUND Cannot find package 'keyv'/),
      'works',
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
      'UPGRADING.md',
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
    const manifest = await manifestOf(ROOT)
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
