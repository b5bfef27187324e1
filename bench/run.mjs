// `npm run bench`: installs what is measured against, compiles, measures. The arguments go on to src/main.ts.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '..')
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

const asksForHelp = process.argv.includes('--help')
if (!asksForHelp && !isInstalled()) {
  say('Installing the packages to measure against')
  run('npm', ['ci', '--prefix', HERE, '--ignore-scripts', ...QUIET])
}
if (!asksForHelp && isMeasured('better-sqlite3') && !isBuilt()) {
  say('Compiling better-sqlite3, which takes about a minute, once')
  run('npm', ['rebuild', '--prefix', HERE, 'better-sqlite3', ...QUIET])
}
if (isStale()) {
  say('Building Holdfast')
  compile('tsconfig.json')
}
compile('bench/tsconfig.json')
if (!asksForHelp && process.platform === 'linux') compileFloor()
await import('./build/main.js')

/** As the lockfile says. */
function isInstalled() {
  const lock = JSON.parse(readFileSync(join(HERE, 'package-lock.json'), 'utf8'))
  const { dependencies } = lock.packages['']
  return Object.entries(dependencies).every(([name, version]) => {
    const file = join(HERE, 'node_modules', name, 'package.json')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version
  })
}

/** All subjects are, unless some are named. */
function isMeasured(subject) {
  const named = process.argv.filter((_, at) => process.argv[at - 1] === '--subject')
  return named.length === 0 || named.includes(subject)
}

/** An install that was interrupted leaves packages without their binaries. */
function isBuilt() {
  return existsSync(join(HERE, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))
}

/** Benches measure the built package; numbers of yesterday's build would mislead. */
function isStale() {
  const built = join(ROOT, 'dist/index.js')
  if (!existsSync(built)) return true
  const builtMs = statSync(built).mtimeMs
  return readdirSync(join(ROOT, 'src'), { recursive: true }).some(
    (name) => statSync(join(ROOT, 'src', name)).mtimeMs > builtMs,
  )
}

function compile(project) {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  // A build that failed must leave the old files: new ones would pass for a good build the next time.
  run(process.execPath, [compiler, '-p', project, '--noEmitOnError'])
}

/** The subject that needs it says that it is missing when this fails. */
function compileFloor() {
  const program = join(HERE, 'build/files-floor')
  spawnSync('cc', ['-O2', '-o', program, join(HERE, 'floor/files.c')], { stdio: ['ignore', 2, 2] })
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    // No attempt to download a binary: the registry is the only place that anything comes from.
    env: { ...process.env, npm_config_build_from_source: 'true', npm_config_jobs: 'max' },
    // What a build prints is talk: stdout is for the report.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
