import { outOfRange, wrongArgument } from '../base/misuse.js'
import { monotonicMs } from '../base/clock.js'
import { Readable } from 'node:stream'
import { rejectUnknown, shown } from '../base/options.js'
import type { StoredFile } from './backend.js'
import type { ByteRange } from '../base/byte-source.js'
import { untilSteady } from './conflict.js'
import type { CachedFile } from './cache.js'
import { isLiving, livingHead } from './info.js'
import type { FileParts, ReadParts } from './parts.js'
import { joined, slice } from './pipeline/pipeline.js'

/** A stream of a file's content, and the file. */
export interface OpenContent {
  readonly file: StoredFile
  readonly body: Readable
}

/** A whole content, from the cache if it is there; undefined when there is no file. */
export async function readContent(parts: FileParts, key: string): Promise<CachedFile | undefined> {
  const { cache, statistics } = parts
  if (cache === undefined) return await loadContent(parts, key)
  const cached = await cache.get(key)
  if (cached !== undefined) {
    if (!isLiving(parts, cached.file)) return undefined
    statistics.cacheHits++
    return cached
  }
  const loaded = await cache.load(key, async () => await loadContent(parts, key))
  if (loaded !== undefined) statistics.cacheMisses++
  return loaded
}

/** Opens the content, or a part of it, as a stream; undefined when there is no file. */
export async function openContent(
  parts: ReadParts,
  key: string,
  given: ByteRange | undefined,
): Promise<OpenContent | undefined> {
  if (given === undefined) return await openWhole(parts, key)
  return await untilSteady(key, parts.config.lockTimeoutMs, async () => {
    const head = await livingHead(parts, key)
    if (head === undefined) return { found: undefined }
    const found = await openPart(parts, head, given)
    return found && { found }
  })
}

export async function loadContent(parts: ReadParts, key: string): Promise<CachedFile | undefined> {
  const checkedMs = monotonicMs()
  const found = await parts.backend.get(key)
  if (found === undefined) return undefined
  try {
    const { file, body } = found
    await parts.trust.check(file)
    if (!isLiving(parts, file)) return undefined
    const { bytes } = file.document
    if (bytes > parts.config.maxRetrieveBytes) {
      throw outOfRange(
        `'${key}' has ${bytes} bytes, and "maxRetrieveBytes" allows ${parts.config.maxRetrieveBytes}: use retrieveStream`,
      )
    }
    const content = await joined(await parts.pipeline.unpack(file.document, body))
    return { file, content, checkedMs }
  } finally {
    found.body.destroy()
  }
}

async function openWhole(parts: ReadParts, key: string): Promise<OpenContent | undefined> {
  const found = await parts.backend.get(key)
  if (found === undefined) return undefined
  const { file, body } = found
  try {
    await parts.trust.check(file)
    if (isLiving(parts, file))
      return { file, body: streamOver(await parts.pipeline.unpack(file.document, body), body) }
    body.destroy()
    return undefined
  } catch (error) {
    body.destroy()
    throw error
  }
}

/** Undefined when the file is no longer the one of `head`. */
async function openPart(
  parts: ReadParts,
  head: StoredFile,
  given: ByteRange,
): Promise<OpenContent | undefined> {
  const { bytes } = head.document
  const start = Math.min(given.start, bytes)
  const range = { start, end: Math.max(start, Math.min(given.end ?? bytes, bytes)) }
  if (range.start === range.end) return { file: head, body: Readable.from([]) }
  const found = await parts.backend.get(head.key, parts.pipeline.storedRange(head, range))
  if (found === undefined) return undefined
  const { file, body } = found
  try {
    await parts.trust.check(file)
    if (file.etag === head.etag)
      return { file, body: streamOver(await parts.pipeline.unpackRange(file, body, range), body) }
    body.destroy()
    return undefined
  } catch (error) {
    body.destroy()
    throw error
  }
}

/** A stream over the output of the pipeline; its end, for any reason, is the end of the stored bytes' stream. */
function streamOver(content: AsyncIterable<Uint8Array>, stored: Readable): Readable {
  const stream = Readable.from(slice(content, 0, Number.POSITIVE_INFINITY), { objectMode: false })
  stream.once('close', () => stored.destroy())
  return stream
}

/** A range as it was at the call. @throws TypeError or RangeError for an invalid one */
export function resolveRange(range: Partial<ByteRange> | undefined): ByteRange | undefined {
  if (range === undefined) return undefined
  rejectUnknown(range, ['start', 'end'], 'retrieveStream')
  if (range.start === undefined)
    throw wrongArgument('Option "start" of retrieveStream is missing: 0 is the begin of the file')
  for (const [name, value] of [
    ['start', range.start],
    ['end', range.end ?? range.start],
  ] as const) {
    if (!Number.isSafeInteger(value))
      throw wrongArgument(`Option "${name}" must be a whole number, got ${shown(value)}`)
    if (value < 0) throw outOfRange(`Option "${name}" must be 0 or more, got ${shown(value)}`)
  }
  const { start, end } = range
  if (end === undefined) return { start }
  if (end >= start) return { start, end }
  throw outOfRange(`Option "end" must be at least "start", got ${shown(end)}`)
}
