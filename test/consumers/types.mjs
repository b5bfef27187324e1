// Compilers from TypeScript 5.2 on read the declarations of the tarball, all of them checked, in each way of resolving.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install, NODE, project, run } from './proof.mjs'

const COMPILERS = ['5.2', '5.5', '5.9', '6.0', '7.0']
/** moduleResolution, and the module that goes with it. */
const RESOLUTIONS = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' }
const STRICT = ['--noEmit', '--strict', '--target', 'es2022']

const PROGRAM = `
  import { FileSystemStorage, isStorageError, nativeInfo, VersionManager } from 'holdfast'
  import type { PromptVersion, VersionChange } from 'holdfast'
  import { FileStorage } from 'holdfast/files'
  import { exportPrompts, importPrompts, type ImportReport } from 'holdfast/interchange'
  import { importWorkflows, parseWorkflow } from 'holdfast/optimizer'

  export async function main(directory: string): Promise<string | undefined> {
    const storage: FileSystemStorage = await FileSystemStorage.open({ storageDir: directory })
    const manager = new VersionManager({ storage })
    const latest: PromptVersion | undefined = await manager.getLatestVersion('greeting')
    for await (const change of storage.watch({ promptId: 'greeting' })) {
      const seen: VersionChange = change
      if (seen.kind === 'reset') break
    }
    const files = await FileStorage.open({ local_storage_path: directory })
    try {
      await files.store('a/key', { on: nativeInfo().available })
    } catch (error) {
      if (isStorageError(error)) console.error(error.code)
    }
    // @ts-expect-error: a number is not a key
    await files.retrieve(1)
    void [importWorkflows, parseWorkflow]
    await storage.close()
    return latest?.version
  }
`

/** @throws naming the compiler that finds an error, with the error */
export function proveTypes(directory, tarball) {
  const modules = install('types')
  const types = join(modules, '@types')
  const cwd = project(join(directory, 'types'), tarball)
  run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd,
  })
  writeFileSync(join(cwd, 'program.ts'), PROGRAM)
  for (const version of COMPILERS) {
    for (const [resolution, module] of Object.entries(RESOLUTIONS)) {
      const options = ['--module', module, '--moduleResolution', resolution]
      const own = ['--types', 'node', '--typeRoots', types, '--lib', 'es2022,esnext.disposable']
      const compiler = join(modules, `typescript-${version}/bin/tsc`)
      check(version, [compiler, 'program.ts', ...STRICT, ...options, ...own], cwd)
    }
    console.log(`types: TypeScript ${version}: ok`)
  }
}

function check(version, argv, cwd) {
  try {
    run(NODE, argv, { cwd })
  } catch (error) {
    // Zod's declarations need 5.4; those of Holdfast do not.
    const lines = error.message.split('\n').filter((line) => line.includes('error TS'))
    const ofZod = lines.every((line) => line.startsWith('node_modules/zod/'))
    if (version !== '5.2' || lines.length === 0 || !ofZod) throw error
  }
}
