// Debian 11 (glibc 2.31): the oldest system that this machine can install. What the binary needs is older still, and
// `npm run check:native` holds it to that.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Skipped, needPackages, needRoot } from './packages.mjs'
import { proveStore } from './proof.mjs'

const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)))
const NODE = '/usr/local/bin/node'
/** Mounted for this one process: at the same places as outside, so that paths mean the same. */
const ENTER = `set -e
system=$1; shift
for each in "$ROOT" "$SHARED"; do mkdir -p "$system$each"; mount --rbind "$each" "$system$each"; done
mount --bind "$NODE_HERE" "$system${NODE}"
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
exec chroot "$system" ${NODE} "$@"`

/** @param {string} directory */
export async function proveOldGlibc(directory) {
  needRoot()
  needPackages(['debootstrap'])
  const system = join(directory, 'system')
  install(system)
  const shared = join(directory, 'shared')
  mkdirSync(shared)
  Object.assign(process.env, { ROOT, SHARED: shared, NODE_HERE: realpathSync(process.execPath) })
  const node = ['unshare', '--mount', 'sh', '-c', ENTER, 'sh', system]
  const report = 'process.stdout.write(process.report.getReport().header.glibcVersionRuntime)'
  const [program, ...rest] = [...node, '-e', report]
  const glibc = execFileSync(program, rest, { encoding: 'utf8' })
  if (glibc !== '2.31') throw new Error(`That is glibc ${glibc}`)
  const binary = 'prebuilds/linux-x64/holdfast.glibc.node'
  await proveStore({ name: `glibc ${glibc}`, node, binary }, join(shared, 'store'))
}

function install(system) {
  const { status, stdout } = spawnSync(
    'debootstrap',
    ['--variant=minbase', '--include=libstdc++6', 'bullseye', system],
    { encoding: 'utf8', timeout: 300_000 },
  )
  if (status !== 0) {
    throw new Skipped(`Debian 11 could not be installed: ${stdout?.trim().split('\n').at(-1)}`)
  }
  mkdirSync(dirname(join(system, NODE)), { recursive: true })
  writeFileSync(join(system, NODE), '')
}
