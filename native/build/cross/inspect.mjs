// What is wrong with a shipped binary, seen from its bytes: it must load wherever its name says.
import { readElf } from './elf.mjs'
import { readMachO } from './macho.mjs'
import { readPe } from './pe.mjs'
import { GLIBC_MAX, MACOS_MIN } from './targets.mjs'

/** What a binary gives. */
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
/**
 * What the linkers of these two systems cannot hide. On macOS: `new` and `delete`, which are malloc() and free() in every
 * C++ library, so that it does not matter whose are called. On Windows names are looked up in one library only.
 */
const ALSO_EXPORTED = {
  mac: /^(_Z(nw|na|dl|da)\w+|_mh_dylib_header|__dso_handle)$/,
  win: /^(_Unwind_\w+|unw_\w+|_GCC_specific_handler)$/,
}
const GLIBC = /^(lib(c|m|pthread|dl)\.so\.\d|ld-linux-(x86-64|aarch64)\.so\.\d)$/
const MUSL = /^libc\.so$/
const MACOS = /^\/usr\/lib\/libSystem\.B\.dylib$/
/** Systems from Windows 10 on have all of them. `node.exe` is not among them: see windows_imports.cc. */
const WINDOWS = /^(KERNEL32|ADVAPI32|ntdll|api-ms-win-crt-[\w-]+)\.dll$/i

/**
 * @param {import('./targets.mjs').Target} target
 * @param {Buffer} bytes
 * @returns {string[]} sentences; none when all is well
 */
export function faultsOf(target, bytes) {
  const reader = { linux: readElf, mac: readMachO, win: readPe }[target.system]
  const binary = reader(bytes)
  return [
    ...others(binary.exports, (name) => isExported(target, name), 'gives'),
    ...EXPORTS.filter((name) => !binary.exports.includes(name)).map((name) => `lacks ${name}`),
    ...{ linux: faultsOnLinux, mac: faultsOnMac, win: faultsOnWindows }[target.system](
      target,
      binary,
    ),
  ]
}

function faultsOnLinux({ name }, { libraries, undefinedSymbols, versions }) {
  const isMusl = name.endsWith('musl')
  const tooNew = versions.filter((version) => !isOldEnough(version))
  return [
    ...others(libraries, (library) => (isMusl ? MUSL : GLIBC).test(library), 'needs'),
    ...tooNew.map((version) => `needs ${version}`),
    // What glibc gives has a version there. musl has none: which of the names are its own, only its loader knows.
    ...(isMusl ? [] : others(undefinedSymbols, isNodeApi, 'needs')),
  ]
}

function faultsOnMac({ name }, { libraries, undefinedSymbols, misplacedSymbols, signed, system }) {
  return [
    ...others(libraries, (library) => MACOS.test(library), 'needs'),
    ...others(undefinedSymbols, isNodeApi, 'needs'),
    ...misplacedSymbols.map((symbol) => `looks for ${symbol} in the wrong place`),
    // Without one, even by nobody, processors of Apple run nothing.
    ...(signed || name.endsWith('x64') ? [] : ['has no signature']),
    ...(system === MACOS_MIN ? [] : [`is for macOS ${system}`]),
  ]
}

function faultsOnWindows(_, { libraries }) {
  return others(libraries, (library) => WINDOWS.test(library), 'needs')
}

function others(names, isExpected, verb) {
  return names.filter((name) => !isExpected(name)).map((name) => `${verb} ${name}`)
}

const isNodeApi = (symbol) => symbol.startsWith('napi_')

function isExported({ system }, name) {
  return EXPORTS.includes(name) || (ALSO_EXPORTED[system]?.test(name) ?? false)
}

function isOldEnough(version) {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(version) ?? [undefined, Infinity, 0]
  return Number(major) === GLIBC_MAX[0] && Number(minor) <= GLIBC_MAX[1]
}
