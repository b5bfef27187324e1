import { createHash } from 'node:crypto'
import { type ParsedYaml, parseYaml } from './parsed-yaml.js'

/** How many files are kept, the latest ones. */
export const CACHED_FILES_MAX = 64
/** How many bytes these files may have together; parsed, they take some 20 times as much memory. */
const CACHED_BYTES_MAX = 8 * 1024 * 1024

/** By the digest of the bytes, in the order of their last use. */
const cache = new Map<string, ParsedYaml>()
let cachedBytes = 0

/**
 * Like `parseYaml`, but returns the same result for the same bytes while it is kept. The bytes are copied, since the
 * caller's may change.
 *
 * @throws WorkflowError OPT-EXT-003, as `parseYaml`
 */
export function parseYamlOnce(
  source: Uint8Array | string,
  file: string,
  bytesMax: number,
): ParsedYaml {
  const bytes = typeof source === 'string' ? Buffer.from(source, 'utf8') : source
  if (bytes.byteLength > bytesMax) return parseYaml(bytes, file, bytesMax)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const kept = cache.get(digest)
  if (kept !== undefined) {
    cache.delete(digest)
    cache.set(digest, kept)
    return kept
  }
  const parsed = parseYaml(Uint8Array.from(bytes), file, bytesMax)
  if (parsed.bytes.byteLength <= CACHED_BYTES_MAX) keep(parsed)
  return parsed
}

function keep(parsed: ParsedYaml): void {
  cache.set(parsed.digest, parsed)
  cachedBytes += parsed.bytes.byteLength
  for (const [digest, { bytes }] of cache) {
    if (cache.size <= CACHED_FILES_MAX && cachedBytes <= CACHED_BYTES_MAX) return
    cache.delete(digest)
    cachedBytes -= bytes.byteLength
  }
}
