import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { warnProcess } from '../base/this-process.js'
import { StorageError } from '../base/errors.js'
import type { Disk } from './disk.js'
import {
  loadBinding,
  nativeInfo,
  nativeSetting,
  type NativeBinding,
} from './native/load-binding.js'
import { nativeDisk } from './native/native-disk.js'
import { portableDisk, portableDiskBecause } from './portable/portable-disk.js'

/**
 * Which disk serves a store. `auto`: as the variable HOLDFAST_NATIVE says, otherwise the native one if the addon loads,
 * or else the portable one, with one warning of the process (HOLDFAST_PORTABLE).
 */
export type DiskChoice = 'auto' | 'native' | 'portable'

/**
 * @param nativeBinding an addon to use instead of the package's own; it must load unless the portable disk is requested
 * @throws StorageError FS-IO-001 if the native disk is requested and its addon does not load; RangeError for an invalid
 * value of HOLDFAST_NATIVE
 */
export function chooseDisk(choice: DiskChoice, nativeBinding?: NativeBinding): Disk {
  const wish = choice === 'auto' ? nativeSetting().disk : choice
  if (wish === 'portable') return portableDisk
  const binding = loadBinding(nativeBinding)
  if (binding !== undefined) return nativeDisk(binding)
  const { reason = 'unknown reason' } = nativeInfo(nativeBinding)
  if (wish === 'auto' && nativeBinding === undefined) return fallback(reason)
  throw new StorageError(
    'FS-IO-001',
    `The native disk was asked for, and its addon does not load: ${reason}. With \`disk: 'portable'\` the store is ` +
      'served by node:fs: to one process, and more slowly',
    { context: { disk: wish, reason } },
  )
}

/** Inherited by worker threads that are started later, and shared by all copies of the package. */
const WARNED = 'holdfast: HOLDFAST_PORTABLE was told'

function fallback(reason: string): Disk {
  if (getEnvironmentData(WARNED) !== true) {
    setEnvironmentData(WARNED, true)
    warnProcess(
      `The addon does not load, so the portable disk serves all stores: to one process, and more slowly. ${reason}. ` +
        "With `disk: 'native'` stores do not open without it; with `disk: 'portable'` there is no warning",
      'HOLDFAST_PORTABLE',
    )
  }
  return portableDiskBecause(reason)
}
