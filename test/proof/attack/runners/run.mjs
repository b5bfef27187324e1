// The packed library under other people's test runners: `npm run test:runners`, or with names of setups after `--`.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

const TEST_TIMEOUT_MS = 60_000

/** Time is real; or faked after the library was loaded; or before that; or by the configuration, before everything. */
const SETUPS = [
  ['jest', { time: 'real' }],
  ['jest', { time: 'loaded' }],
  ['jest', { time: 'faked' }],
  ['jest', { time: 'global' }],
  ['jest', { time: 'real', environment: 'jsdom' }],
  ['vitest', { time: 'real', pool: 'threads' }],
  ['vitest', { time: 'loaded', pool: 'threads' }],
  ['vitest', { time: 'faked', pool: 'forks' }],
  ['vitest', { time: 'real', pool: 'vmThreads' }],
  ['vitest', { time: 'loaded', pool: 'vmForks' }],
  ['vitest', { time: 'faked', pool: 'forks', environment: 'happy-dom' }],
]

const wanted = process.argv.slice(2)
install()
const failed = []
for (const [runner, setup] of SETUPS) {
  const name = describe(runner, setup)
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue
  const { status, output } = runner === 'jest' ? runJest(setup) : runVitest(setup)
  process.stdout.write(`${name}: ${status === 0 ? 'ok' : 'FAILED'}\n`)
  if (status === 0) continue
  failed.push(name)
  process.stdout.write(output)
}
process.exitCode = failed.length === 0 ? 0 : 1

/**
 * @param {unknown} runner
 * @param {unknown} setup
 */
function describe(runner, setup) {
  return [runner, ...Object.values(/** @type {object} */ (setup))].map(String).join(' ')
}

/** The runners by their lockfile, and the library as it would be published, its own dependencies from the checkout. */
function install() {
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
  const packed = mkdtempSync(join(tmpdir(), 'holdfast-packed-'))
  try {
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    })
    const target = join(modules, 'holdfast')
    rmSync(target, { recursive: true, force: true })
    mkdirSync(target)
    // Not hoisted: the runners bring other versions of some of them.
    symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
    execFileSync('sh', ['-c', 'tar -xzf "$0"/*.tgz -C "$1" --strip-components=1', packed, target])
  } finally {
    rmSync(packed, { recursive: true })
  }
}

function runJest({ time, environment = 'node' }) {
  const config = {
    rootDir: HERE,
    testEnvironment: environment,
    testMatch: ['**/jest.test.mjs'],
    transform: {},
    testTimeout: TEST_TIMEOUT_MS,
    ...(environment === 'jsdom'
      ? { testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] } }
      : {}),
    ...(time === 'global' ? { fakeTimers: { enableGlobally: true } } : {}),
  }
  return run('jest/bin/jest.js', ['--config', JSON.stringify(config)], {
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    HOLDFAST_TIME: time,
  })
}

function runVitest({ time, pool, environment = 'node' }) {
  const options = [`--pool=${pool}`, `--environment=${environment}`]
  const timeout = `--testTimeout=${TEST_TIMEOUT_MS}`
  return run('vitest/vitest.mjs', ['run', 'vitest.test.mjs', timeout, ...options], {
    HOLDFAST_TIME: time,
  })
}

function run(program, parameters, environment) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(HERE, 'node_modules', program), ...parameters],
    {
      cwd: HERE,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, NO_COLOR: '1', ...environment },
    },
  )
  return { status, output: `${stdout}${stderr}` }
}
