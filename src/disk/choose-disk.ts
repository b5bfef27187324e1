import { StorageError } from '../errors.js'
import { loadBinding, nativeInfo } from './binding.js'
import type { Disk } from './disk.js'
import { nativeDisk } from './native-disk.js'
import { portableDisk } from './portable-disk.js'

/** Which disk serves a store: `auto` is the native one where the addon loads, the portable one elsewhere. */
export type DiskChoice = 'auto' | 'native' | 'portable'

/** FS-IO-001 when the native disk is asked for by name and its addon does not load. */
export function chooseDisk(choice: DiskChoice): Disk {
  if (choice === 'portable') return portableDisk
  const binding = loadBinding()
  if (binding !== undefined) return nativeDisk(binding)
  if (choice === 'auto') return portableDisk
  const { reason } = nativeInfo()
  throw new StorageError(
    'FS-IO-001',
    'The native disk was asked for, and its addon does not load. Build it with `npm run build:native` in the ' +
      "package's directory, or open the store with `disk: 'auto'` or `disk: 'portable'`",
    { context: { disk: choice, ...(reason === undefined ? {} : { reason }) } },
  )
}
