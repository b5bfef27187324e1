// Runs programs, and judges what the app of app.mjs has said.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const HERE = fileURLToPath(new URL('.', import.meta.url))
export const NODE = process.execPath

const RUN_MS_MAX = 300_000
const EXPECTED = { latest: '1.0.1', value: { on: true }, available: true, disk: 'native' }

/** Runs a program to its end. @throws with its output where it fails */
export function run(command, argv, { cwd, env = {} }) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, argv, {
    cwd,
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    // None of the settings of the machine that steer the addon, and none of npm's, which has started this.
    env: { ...plain(), NO_COLOR: '1', ...env },
  })
  if (error !== undefined) throw error
  if (status === 0) return stdout
  throw new Error(`${command} ${argv.join(' ')} ended with ${signal ?? status}\n${stdout}${stderr}`)
}

function plain() {
  const own = /^(npm_|NODE_(?!EXTRA_CA_CERTS$)|HOLDFAST_|FORCE_COLOR$|INIT_CWD$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

/** Runs the app and throws unless it has stored what it was to store, through the addon. */
export function expectNative(command, argv, { cwd, env }) {
  const stores = join(cwd, `stores-${process.hrtime.bigint()}`)
  const output = run(command, [...argv, stores], { cwd, env })
  const last = output.trim().split('\n').at(-1) ?? ''
  const { latest, value, available, disk, reason } = JSON.parse(last)
  const said = JSON.stringify({ latest, value, available, disk })
  if (said !== JSON.stringify(EXPECTED)) throw new Error(`The app said ${last}; ${reason}`)
}

/** The tools of a folder beside this file, by their lockfile. */
export function install(folder) {
  const directory = join(HERE, folder)
  const lock = readFileSync(join(directory, 'package-lock.json'), 'utf8')
  const mark = join(directory, 'node_modules/.installed-lock.json')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
    // By force: packages of other systems and of other versions of Node are wanted here.
    run('npm', ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory })
    writeFileSync(mark, lock)
  }
  return join(directory, 'node_modules')
}

/** The library as it would be published: the path of its tarball. */
export function pack(directory) {
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
  const [{ filename }] = JSON.parse(run('npm', argv, { cwd: ROOT }))
  return join(directory, filename)
}

/** A project that depends on the tarball, with the app in it. */
export function project(directory, tarball, fields = {}) {
  mkdirSync(directory, { recursive: true })
  const manifest = { name: 'app', version: '1.0.0', private: true, type: 'module' }
  const dependencies = { holdfast: `file:${tarball}` }
  writeFileSync(
    join(directory, 'package.json'),
    JSON.stringify({ ...manifest, dependencies, ...fields }),
  )
  copyFileSync(join(HERE, 'app.mjs'), join(directory, 'app.mjs'))
  return directory
}
