import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/index.js'
import {
  FileSystemStorage,
  isHoldfastError,
  isStorageError,
  VersionManager,
  type StorageError,
} from '../../../src/index.js'
import { importWorkflows } from '../../../src/optimizer/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type * as Sources from '../../../src/index.js'
import type * as FilesSources from '../../../src/files/index.js'
import type * as WorkflowSources from '../../../src/optimizer/index.js'
import type * as KeyvSources from '../../../src/adapters/keyv.js'
import { tempDirectory } from '../../support/temp.js'

const ROOT = join(import.meta.dirname, '../../..')

type Package = typeof Sources
type Files = typeof FilesSources
type Workflows = typeof WorkflowSources
type Keyv = typeof KeyvSources

let copy: Package
let files: Files
let workflows: Workflows
let keyv: Keyv

/** Not the source maps: nothing of the sources is beside them. */
const isCode = (path: string): boolean => !path.endsWith('.map')

/** The built package a second time, as a bundle or a nested dependency brings it. */
beforeAll(async () => {
  const root = await tempDirectory()
  for (const name of ['dist', 'package.json', 'prebuilds'])
    await cp(join(ROOT, name), join(root, name), { recursive: true, filter: isCode })
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const load = async (name: string): Promise<unknown> =>
    await import(pathToFileURL(join(root, 'dist', name)).href)
  copy = (await load('index.js')) as Package
  workflows = (await load('optimizer/index.js')) as Workflows
  files = (await load('files/index.js')) as Files
  keyv = (await load('adapters/keyv.js')) as Keyv
})

/** A document of another realm. */
function foreignVersion(promptId: string, version: string): ReturnType<typeof sampleVersion> {
  const text = JSON.stringify(sampleVersion(promptId, version))
  return runInNewContext(`JSON.parse(${JSON.stringify(text)})`) as ReturnType<typeof sampleVersion>
}

describe('two copies of the package in one process', () => {
  it('know the errors of each other', async () => {
    const storage = await copy.FileSystemStorage.open({ storageDir: await tempDirectory() })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const error = await storage.saveVersion(sampleVersion('p', '1.0.0')).catch((e: unknown) => e)
    await storage.close()
    expect(error instanceof copy.StorageError).toBe(true)
    expect(copy.StorageError === (await import('../../../src/index.js')).StorageError).toBe(false)
    expect(isStorageError(error)).toBe(true)
    expect(isHoldfastError(error)).toBe(true)
    expect(isHoldfastError(new workflows.WorkflowError('OPT-EXT-003', 'x'))).toBe(true)
    expect(isStorageError(error, 'OPT-VER-001')).toBe(true)
    expect(isStorageError(error, 'FS-LOCK-001')).toBe(false)
    expect(copy.isStorageError(error, 'OPT-VER-001')).toBe(true)
  })

  it('make one manager over the storage of the other, and race for numbers over one directory', async () => {
    const storageDir = await tempDirectory()
    const own = await FileSystemStorage.open({ storageDir })
    const other = await copy.FileSystemStorage.open({ storageDir })
    const managers = [
      new VersionManager({ storage: other }),
      new copy.VersionManager({ storage: own }),
      new VersionManager({ storage: own }),
    ]
    const { prompt } = sampleVersion('p', '1.0.0')
    const created = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => {
        const text = { ...prompt, text: `text ${at}` }
        return await managers[at % 3]?.createVersion({ prompt: text })
      }),
    )
    const names = created.map((document) => document?.version ?? '')
    expect(new Set(names).size).toBe(30)
    expect((await other.listVersionNames('p')).length).toBe(30)
    await Promise.all([own.close(), other.close()])
  })

  it('import workflows into the storage of the other, at once, with one version of each text', async () => {
    const storageDir = await tempDirectory()
    const own = await FileSystemStorage.open({ storageDir })
    const other = await copy.FileSystemStorage.open({ storageDir })
    const text = `app: { name: app }
workflow: { graph: { nodes: [
  { id: n, data: { type: llm, title: t, prompt_template: [{ role: system, text: hello }] } } ] } }`
    const sources = [{ file: 'a.yml', content: text }]
    await Promise.all([
      importWorkflows(sources, { storage: other }),
      workflows.importWorkflows(sources, { storage: own }),
    ])
    const [id = ''] = await own.listPromptIds()
    expect(await other.listVersionNames(id)).toEqual(['1.0.0'])
    await Promise.all([own.close(), other.close()])
  })

  it('put an adapter over the files of the other', async () => {
    const storage = await FileStorage.open({ local_storage_path: await tempDirectory() })
    const store = new keyv.default({ storage: storage as never })
    await store.set('k', 'value')
    expect(await store.get('k')).toBe('value')
    await storage.close()
    expect(() => new keyv.default({ storage: { store: true } as never })).toThrow(TypeError)
    expect(files.FileStorage === FileStorage).toBe(false)
  })
})

describe('values of another realm', () => {
  it('are documents, bytes, times and signals like others', async () => {
    const storage = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    await storage.saveVersion(foreignVersion('p', '1.0.0'))
    expect(await storage.getVersion('p', '1.0.0')).toEqual(sampleVersion('p', '1.0.0'))
    await storage.saveVersion(sampleVersion('p', '1.0.0'), { ifSame: 'accept' })
    await storage.saveVersion(foreignVersion('p', '1.0.0'), { ifSame: 'accept' })
    await storage.close()

    const stored = await FileStorage.open({ local_storage_path: await tempDirectory() })
    const bytes = runInNewContext('new Uint8Array([1, 2, 3])') as Uint8Array
    await stored.store('k', bytes, {}, { expiresAt: runInNewContext('new Date(8e12)') as Date })
    expect(await stored.retrieve('k')).toEqual(new Uint8Array([1, 2, 3]))
    await stored.close()
  })

  it('are errors like others, whether they carry the mark or only the form', () => {
    const foreign = (fields: string): unknown =>
      runInNewContext(`Object.assign(new Error('no'), ${fields})`)
    expect(isStorageError(foreign("{ code: 'FS-LOCK-001', context: {} }"))).toBe(true)
    expect(isStorageError(foreign("{ code: 'FS-LOCK-001' }"))).toBe(false)
    expect(isStorageError(foreign("{ code: 'ENOENT', context: {} }"))).toBe(false)
    expect(isStorageError({ code: 'FS-LOCK-001', context: {} })).toBe(false)
    const later = new copy.StorageError('FS-LATER-999' as StorageError['code'], 'of a later copy')
    expect(isStorageError(later)).toBe(true)
  })
})
