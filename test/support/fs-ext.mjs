// fs-ext, the witness of the tests for locks, is bound to one version of Node and one processor.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Compiles it for other ones; loaded by the process that finds the path in HOLDFAST_TEST_FS_EXT. */
export function compileFsExt({ compiler, headers, output }) {
  execFileSync(compiler, [
    '-shared',
    '-fPIC',
    '-w',
    '-std=c++20',
    '-DNODE_GYP_MODULE_NAME=fs_ext',
    '-DBUILDING_NODE_EXTENSION',
    `-I${headers}`,
    `-I${join(MODULES, 'nan')}`,
    join(MODULES, 'fs-ext/fs-ext.cc'),
    '-o',
    output,
  ])
  return output
}
