import type { Capabilities } from '../../../src/disk/disk.js'

/** What a life of a store on some file system came to; see life.mjs. */
export interface Life {
  readonly disk?: string
  readonly encoding?: string
  readonly capabilities?: Capabilities
  readonly versions?: number
  readonly problems?: readonly string[]
  readonly refused?: {
    readonly code: string
    readonly message: string
    readonly context: Readonly<Record<string, unknown>>
  }
}

/** What is expected of the native disk where nothing is missing. */
export const WHOLE: Partial<Capabilities> = {
  unnamedFiles: true,
  publish: 'linkat',
  kernelLocks: true,
  multiProcess: true,
  hotRead: true,
  caseSensitive: true,
  copyOnWrite: false,
  network: false,
  readOnly: false,
}

/** The portable disk is the same everywhere. */
export const PORTABLE: Partial<Capabilities> = {
  unnamedFiles: false,
  publish: 'link',
  kernelLocks: false,
  multiProcess: false,
  hotRead: false,
}
