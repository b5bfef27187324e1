// Packages of the system that a proof needs.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** This machine cannot show it. */
export class Skipped extends Error {}

/**
 * @param {readonly string[]} packages
 * @throws {Skipped} where they cannot be installed
 */
export function needPackages(packages) {
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) {
    throw new Skipped(`${missing.join(', ')} cannot be installed: that needs root and apt`)
  }
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  execFileSync('apt-get', ['update', '-qq'], options)
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options)
}

/** @throws {Skipped} */
export function needRoot() {
  if (process.getuid?.() !== 0) throw new Skipped('needs root')
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' })
  return stdout?.includes('ok installed') ?? false
}

/**
 * Installs what the lockfile of a directory pins, where that has not been done.
 *
 * @param {string} home
 */
export function installPinned(home) {
  const lock = readFileSync(join(home, 'package-lock.json'), 'utf8')
  const mark = join(home, 'node_modules', '.installed-lock.json')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return
  // By force: the package says that it is not for this system.
  execFileSync('npm', ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  writeFileSync(mark, lock)
}
