// The platforms that a binary is shipped for, and how the cross compiler makes it. Part of the hash of the sources.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The newest symbol version that a binary may need: RHEL 8, Debian 10 and Node's own binaries have it. */
export const GLIBC_MAX = [2, 28]
/** As for Node 20 and 22. */
export const MACOS_MIN = '11.0'

/**
 * @typedef {object} Target
 * @property {string} name for `--target`
 * @property {string} file where the binary goes: addon.cjs names these paths
 * @property {'linux' | 'mac' | 'win'} system as binding.gyp names it
 * @property {string} triple
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  linux('x64', 'x86_64', 'glibc'),
  linux('arm64', 'aarch64', 'glibc'),
  linux('x64', 'x86_64', 'musl'),
  linux('arm64', 'aarch64', 'musl'),
  other('darwin', 'x64', 'mac', `x86_64-macos.${MACOS_MIN}`),
  other('darwin', 'arm64', 'mac', `aarch64-macos.${MACOS_MIN}`),
  other('win32', 'x64', 'win', 'x86_64-windows-gnu'),
  other('win32', 'arm64', 'win', 'aarch64-windows-gnu'),
]

const COMPILE = {
  all: [
    '-std=c++20',
    '-O2',
    '-DNDEBUG',
    '-fvisibility=hidden',
    '-fvisibility-inlines-hidden',
    '-ffunction-sections',
    '-fdata-sections',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wno-cast-function-type',
  ],
  linux: ['-fPIC', '-pthread', '-D_FILE_OFFSET_BITS=64'],
  mac: ['-fPIC'],
  // The headers of Node-API mark its functions for export, as for a program that has them.
  win: ['-DNAPI_EXTERN=__declspec(dllimport)'],
}

const LINK = {
  all: ['-shared', '-s', '-O2'],
  linux: [
    '-pthread',
    '-Wl,-Bsymbolic',
    '-Wl,--gc-sections',
    '-Wl,--build-id=none',
    // Nothing of the C++ library is seen from outside.
    '-Wl,--version-script=native/build/cross/exports.map',
  ],
  mac: [
    '-Wl,-undefined,dynamic_lookup',
    '-Wl,-dead_strip',
    // Its own name in the binary, else the path where it is built.
    '-Wl,-install_name,holdfast.node',
  ],
  win: [],
}

/** @param {Target} target */
export const compileFlags = ({ system }) => [...COMPILE.all, ...COMPILE[system]]
/** @param {Target} target */
export const linkFlags = ({ system }) => [...LINK.all, ...LINK[system]]

/**
 * The sources, folders of headers and definitions of a system, from binding.gyp: its text is JSON.
 *
 * @param {string} root
 * @param {Target} target
 */
export function recipe(root, { system }) {
  const [addon] = JSON.parse(readFileSync(join(root, 'binding.gyp'), 'utf8')).targets
  const own = addon.conditions.find(([condition]) => condition === `OS=='${system}'`)[1]
  return {
    sources: [...addon.sources, ...own.sources],
    // Those that node-gyp looks up, the compiler brings.
    includes: addon.include_dirs.filter((one) => !one.startsWith('<!')),
    // The compiler defines the version of Windows itself.
    defines: [...addon.defines, ...(own.defines ?? [])].filter((one) => !one.startsWith('_WIN32')),
  }
}

function linux(arch, processor, libc) {
  const abi = libc === 'glibc' ? `gnu.${GLIBC_MAX.join('.')}` : 'musl'
  return {
    name: `linux-${arch}-${libc}`,
    file: `prebuilds/linux-${arch}/holdfast.${libc}.node`,
    system: 'linux',
    triple: `${processor}-linux-${abi}`,
  }
}

function other(platform, arch, system, triple) {
  return {
    name: `${platform}-${arch}`,
    file: `prebuilds/${platform}-${arch}/holdfast.node`,
    system,
    triple,
  }
}
