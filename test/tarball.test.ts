import { execFile } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { tempDirectory } from './support/temp.js'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
const MEGABYTE = 1024 * 1024

/** What users install, and what is installed with it. */
const DEPENDENCIES = ['diff', 'jsondiffpatch', 'lru-cache', 'semver', 'zod']

let project = ''
let installed = ''
let packed: { readonly files: readonly { readonly path: string }[]; readonly size: number }

beforeAll(async () => {
  project = await tempDirectory()
  const modules = join(project, 'node_modules')
  installed = join(modules, 'holdfast')
  await run(process.execPath, ['scripts/bundle.mjs'], { cwd: ROOT })
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project]
  const { stdout } = await run('npm', pack, { cwd: ROOT })
  const [made] = JSON.parse(stdout) as [typeof packed & { filename: string }]
  packed = made
  await run('tar', ['xzf', made.filename], { cwd: project })
  await mkdir(modules)
  await rename(join(project, 'package'), installed)
  for (const name of DEPENDENCIES)
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
})

async function node(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOLDFAST_NATIVE: 'require' }
  const { stdout } = await run(process.execPath, args, { cwd: project, env })
  return stdout.trim()
}

describe('the tarball', () => {
  it('holds what runs and what explains it, and nothing that is compiled on installation', () => {
    const files = packed.files.map(({ path }) => path)
    const tops = new Set(files.map((path) => path.split('/')[0]))
    expect([...tops].toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'UPGRADING.md',
      'dist',
      'docs',
      'package.json',
      'prebuilds',
    ])
    for (const path of [
      'prebuilds/linux-x64/holdfast.glibc.node',
      'dist/index.d.ts',
      'dist/optimizer/index.d.ts',
      'dist/interchange/index.d.ts',
      'dist/bundled/holdfast.js',
      'dist/bundled/client-web.js',
      'dist/client/index.d.ts',
      'dist/bundled/THIRD-PARTY-LICENSES.txt',
      'docs/guarantees.md',
    ])
      expect(files).toContain(path)
    expect(
      files.filter((path) =>
        /^dist\/cli\/|^dist\/(client|dify|optimizer|interchange|wire)\/.*\.js$|\.map$/.test(path),
      ),
    ).toEqual([])
    expect(packed.size).toBeLessThan(4 * MEGABYTE)
  })

  it('advises no build of the addon, and shows no picture that is not in it', async () => {
    const texts = [
      'README.md',
      ...(await readdir(join(installed, 'docs'))).map((name) => `docs/${name}`),
    ]
    for (const name of texts) {
      const text = await readFile(join(installed, name), 'utf8')
      expect(text, name).not.toMatch(/build:native|node-gyp rebuild/)
      expect(text.match(/!\[[^\]]*\]\((?!https:)[^)]*\)/g), name).toBeNull()
    }
  })

  it.each(['import', 'require'])('works for those who have no more, by %s', async (how) => {
    const load = how === 'import' ? 'await import(path)' : 'require(path)'
    const type = how === 'import' ? 'module' : 'commonjs'
    const output = await node(
      `--input-type=${type}`,
      '--eval',
      `async function main() {
        for (const path of ['holdfast', 'holdfast/files', 'holdfast/optimizer', 'holdfast/interchange', 'holdfast/testing', 'holdfast/sqlite', 'holdfast/objects', 'holdfast/unstorage', 'holdfast/keyv'])
          try { ${load}; console.log(path) } catch (error) { console.log(path, error.code) }
        const path = 'holdfast'
        const { nativeInfo, DurableDirectory } = ${load}
        const directory = await DurableDirectory.open(${JSON.stringify(join(project, how))})
        console.log(nativeInfo().available, directory.health().disk)
        await directory.close()
      }
      main()`,
    )
    expect(output.split('\n')).toEqual([
      'holdfast',
      'holdfast/files',
      'holdfast/optimizer',
      'holdfast/interchange',
      'holdfast/testing',
      'holdfast/sqlite',
      'holdfast/objects',
      'holdfast/unstorage',
      expect.stringMatching(/^holdfast\/keyv (ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/),
      'true native',
    ])
  })

  it('brings the whole command', async () => {
    const command = join(installed, 'dist/bundled/holdfast.js')
    expect(await node(command, '--version')).toMatch(/^holdfast \d+\.\d+\.\d+ \(native addon .*\)$/)
    expect(JSON.parse(await node(command, '-V', '--json'))).toMatchObject({
      name: 'holdfast',
      native: { available: true },
    })
    const dir = join(project, 'prompts')
    await node(command, 'import', '--dir', dir, join(ROOT, 'examples/dify'))
    expect(await node(command, 'ids', '--dir', dir)).not.toBe('')
    await expect(node(command, 'get', 'unknown', '--dir', dir)).rejects.toMatchObject({ code: 3 })
  })

  it('opens a database in a thread of its own', async () => {
    const modules = join(project, 'node_modules')
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path'])
      await symlink(join(ROOT, 'node_modules', name), join(modules, name))
    const output = await node(
      '--input-type=module',
      '--eval',
      `import { createStorage } from 'holdfast'
      const storage = await createStorage(${JSON.stringify(`sqlite:${join(project, 'a.db')}`)})
      console.log(await storage.listPromptIds())
      // Not closed: an idle thread does not keep the process alive.`,
    )
    expect(output).toBe('[]')
  })

  it('has types for every way to resolve modules', { timeout: 240_000 }, async () => {
    const program = `import { FileSystemStorage, nativeInfo, type NativeInfo } from 'holdfast'
      import { FileStorage } from 'holdfast/files'
      import { importWorkflows, WorkflowError } from 'holdfast/optimizer'
      import { SqliteStorage } from 'holdfast/sqlite'
      export const info: NativeInfo = nativeInfo()
      export const opened: Promise<FileSystemStorage> = FileSystemStorage.open({ storageDir: 'a' })
      export { FileStorage, importWorkflows, SqliteStorage, WorkflowError }`
    await writeFile(join(project, 'app.mts'), program)
    await mkdir(join(project, 'node_modules/@types'), { recursive: true })
    await symlink(join(ROOT, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'))
    await symlink(
      join(ROOT, 'node_modules/undici-types'),
      join(project, 'node_modules/undici-types'),
    )
    const ways = [
      { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
      { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
      { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    ]
    const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, types: ['node'] }
    const app = join(project, 'app.mts')
    for (const way of ways) {
      const host = ts.createCompilerHost({ ...options, ...way })
      host.getCurrentDirectory = () => project
      const found = ts.getPreEmitDiagnostics(ts.createProgram([app], { ...options, ...way }, host))
      expect(
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ).toEqual([])
    }
  })
})

/** Every module that is loaded, by file: a hook writes each to a file. */
async function loadedBy(args: readonly string[]): Promise<string[]> {
  const directory = await tempDirectory()
  const log = join(directory, 'loaded')
  await appendFile(log, '')
  const hook = `import { appendFileSync } from 'node:fs'
    export async function load(url, context, next) {
      appendFileSync(${JSON.stringify(log)}, url + '\\n')
      return await next(url, context)
    }`
  await writeFile(join(directory, 'hook.mjs'), hook)
  const register = `import { register } from 'node:module'
    register(${JSON.stringify(pathToFileURL(join(directory, 'hook.mjs')).href)})`
  await writeFile(join(directory, 'register.mjs'), register)
  await node('--import', pathToFileURL(join(directory, 'register.mjs')).href, ...args)
  const urls = (await readFile(log, 'utf8')).trim().split('\n')
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => decodeURI(new URL(url).pathname))
}

describe('what is loaded', () => {
  /** Packages, and the folders of dist/. */
  function summary(files: readonly string[]): { packages: string[]; folders: string[] } {
    const packages = new Set<string>()
    const folders = new Set<string>()
    for (const file of files) {
      const dependency = DEPENDENCIES.find((name) =>
        file.includes(`${sep}node_modules${sep}${name}${sep}`),
      )
      if (dependency !== undefined) packages.add(dependency)
      const inside = file.split(`${sep}holdfast${sep}dist${sep}`)[1]?.split(sep)
      if (inside !== undefined && inside.length > 1) folders.add(inside.slice(0, -1).join('/'))
    }
    return { packages: [...packages].sort(), folders: [...folders].sort() }
  }

  const entry = (name: string): string[] => ['--input-type=module', '--eval', `import '${name}'`]
  const store = ['base', 'disk', 'document', 'engine', 'format', 'versions']
  const rooms = (folders: readonly string[]): string[] => [
    ...new Set(folders.map((folder) => folder.split('/')[0] ?? '')),
  ]

  it('for versions has no command, no import, no files, no cloud, and no YAML', async () => {
    const { packages, folders } = summary(await loadedBy(entry('holdfast')))
    expect(packages).toEqual(['lru-cache', 'semver', 'zod'])
    // Of the locks, the rules of their names.
    const expected = ['base', 'config', ...store.slice(1), 'locks'].sort()
    expect(rooms(folders)).toEqual(expected)
    expect(folders.filter((name) => name.startsWith('config/'))).toEqual([])
  })

  it('for files has no command, no import, no cloud, and no YAML', async () => {
    const { packages, folders } = summary(await loadedBy(entry('holdfast/files')))
    expect(packages).toEqual(['lru-cache', 'zod'])
    const others = rooms(folders).filter((name) => !store.includes(name))
    expect(others).toEqual(['files', 'objects'])
    expect(folders.filter((name) => /s3|gcs|bucket|fallback/.test(name))).toEqual([])
  })

  it('for --version is hardly anything', async () => {
    const files = await loadedBy([join(installed, 'dist/bundled/holdfast.js'), '--version'])
    expect(summary(files)).toEqual({ packages: [], folders: ['base', 'bundled', 'disk/native'] })
    expect(files.length).toBeLessThan(15)
  })
})
