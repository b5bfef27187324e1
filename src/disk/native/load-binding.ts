import Module from 'node:module'
import { isAbsolute } from 'node:path'
import { outOfRange } from '../../base/misuse.js'
import { environmentVariable } from '../../base/this-process.js'
import { isError, kindOf } from '../../base/values.js'
import { VERSION } from '../../base/version.js'
import type { Binding } from './binding.js'
import { findBinary } from './find-binary.js'

/** An addon to use instead of the package's own: the absolute path of a binary, or what `require` returned for one. */
export type NativeBinding = string | object

export const NATIVE_BINDING_EXPECTED = "an absolute path, or the addon's module"

export function isNativeBinding(value: unknown): value is NativeBinding {
  return typeof value === 'string' ? isAbsolute(value) : typeof value === 'object' && value !== null
}

/** The setting of the variable HOLDFAST_NATIVE, for every store that is opened with `disk: 'auto'`. */
export interface NativeSetting {
  readonly disk: 'auto' | 'native' | 'portable'
  /** The binary to load instead of the package's own. */
  readonly path?: string
}

/** @throws RangeError for any value but `off`, `require` and an absolute path */
export function nativeSetting(
  value: string | undefined = environmentVariable('HOLDFAST_NATIVE'),
): NativeSetting {
  if (value === undefined || value === '') return { disk: 'auto' }
  if (value === 'off') return { disk: 'portable' }
  if (value === 'require') return { disk: 'native' }
  if (isAbsolute(value)) return { disk: 'native', path: value }
  throw outOfRange(`HOLDFAST_NATIVE must be off, require or an absolute path, got ${value}`)
}

/** What `nativeInfo` returns: the binary in use, or why there is none. */
export interface NativeInfo {
  readonly available: boolean
  /** The binary's absolute path; undefined for a module that the caller loaded. */
  readonly path?: string
  /** The version of the package that loaded it. */
  readonly version?: string
  /** Why it could not be loaded. */
  readonly reason?: string
}

interface Loaded {
  readonly info: NativeInfo
  readonly binding?: Binding
}

const loaded = new Map<NativeBinding | undefined, Loaded>()

/**
 * The addon, or `undefined` where no binary fits; `nativeInfo` says why. Loaded once for each `given`; never throws.
 *
 * @param given Default: the path in the variable HOLDFAST_NATIVE, else the package's own binary.
 */
export function loadBinding(given?: NativeBinding): Binding | undefined {
  return load(given).binding
}

/**
 * Whether the addon can be loaded, from where, and if not, why.
 *
 * @param nativeBinding the addon to check. Default: the one of a store that is opened without this option.
 */
export function nativeInfo(nativeBinding?: NativeBinding): NativeInfo {
  return load(nativeBinding).info
}

function load(given: NativeBinding | undefined): Loaded {
  const known = loaded.get(given)
  if (known !== undefined) return known
  const result = tryLoad(given)
  loaded.set(given, result)
  return result
}

function tryLoad(given: NativeBinding | undefined): Loaded {
  try {
    if (typeof given === 'object') return { info: available(), binding: checked(given, 'It') }
    const path = given ?? nativeSetting().path ?? findBinary()
    if (!isAbsolute(path)) throw new Error(`'${path}' is not an absolute path`)
    // Node's own require: a bundler or a test runner would replace it.
    const binding = checked(Module.createRequire(path)(path), path)
    return { info: { ...available(), path }, binding }
  } catch (error) {
    const reason = isError(error) ? error.message.trim() : String(error)
    return { info: { available: false, reason } }
  }
}

function available(): NativeInfo {
  return { available: true, version: VERSION }
}

function checked(module: unknown, name: string): Binding {
  const binding = module as Binding | undefined
  if (typeof binding?.openCommitter === 'function') return binding
  throw new Error(`${name} is not an addon of this package, but ${kindOf(module)}`)
}
