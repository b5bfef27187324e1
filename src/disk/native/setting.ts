import { isAbsolute } from 'node:path'
import { outOfRange } from '../../base/misuse.js'
import { environmentVariable } from '../../base/this-process.js'

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
