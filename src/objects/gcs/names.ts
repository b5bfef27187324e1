import { outOfRange, wrongArgument } from '../../base/misuse.js'
/** Most bytes of an object's name, by Google's documentation. */
const NAME_BYTES_MAX = 1024

/**
 * Names must not hold line breaks. These four characters become two each, so that names keep the order and the
 * prefixes of what they stand for; all other names stay as they are.
 */
const WRITTEN: Readonly<Record<string, string>> = {
  '\t': '\t\u0001',
  '\n': '\t\u0002',
  '\f': '\f\u0001',
  '\r': '\f\u0002',
}
const READ = Object.entries(WRITTEN)

export function toObjectName(name: string): string {
  return name.replace(/[\t\n\f\r]/g, (character) => WRITTEN[character] ?? character)
}

export function fromObjectName(written: string): string {
  // One after another is safe: no pair overlaps another one.
  return READ.reduce((name, [plain, pair]) => name.replaceAll(pair, plain), written)
}

/** @throws TypeError or RangeError for a name that the service does not accept */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(toObjectName(name))
  if (bytes > NAME_BYTES_MAX)
    throw outOfRange(
      `A name in Google Cloud Storage must be at most ${NAME_BYTES_MAX} bytes, got ${bytes}`,
    )
  if (name.startsWith('.well-known/acme-challenge/'))
    throw wrongArgument(
      'A name in Google Cloud Storage must not begin with .well-known/acme-challenge/',
    )
}
