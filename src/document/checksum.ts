import { hash } from 'node:crypto'

/** The checksum of bytes, as version files carry it: `sha256:` and 64 hex digits. */
export function checksumOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`
}

/** Whether a value has the form of a checksum. */
export function isChecksum(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}

/**
 * The canonical text of a JSON value (RFC 8785): members sorted by the UTF-16 units of their names, no white space.
 * Members that are undefined are left out.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}
