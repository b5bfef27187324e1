import { hash } from 'node:crypto'

/** The checksum of bytes, as version files carry it: `sha256:` and 64 hex digits. */
export function checksumOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`
}

/** Whether a value has the form of a checksum. */
export function isChecksum(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}
