// Packages of the system that a proof needs.
import { execFileSync, spawnSync } from 'node:child_process'

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
