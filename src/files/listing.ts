import { wrongArgument } from '../base/misuse.js'
import { integerOption, oneOf, rejectUnknown, shown, stringOption } from '../base/options.js'
import type { FileBackend, StoredFile } from './backend.js'
import { isExpired } from './file-document.js'
import { isFileKey } from './file-key.js'
import { FILE_ORDERS, firstByTime, placeOf, readPlace, writePlace } from './list-by-time.js'
import type { FileOrder, TimeOrder } from './list-by-time.js'
import { infoOf, type FileInfo, type FileParts } from './file-parts.js'

const PAGE_FILES = 1000
const LIMIT_MAX = 10_000

/** All files with a prefix, page by page, in the order of their keys. */
export async function* allFiles(
  backend: FileBackend,
  prefix: string,
  after?: string,
): AsyncGenerator<StoredFile> {
  let from = after
  while (true) {
    const request = { prefix, limit: PAGE_FILES }
    const page = await backend.list(from === undefined ? request : { ...request, after: from })
    yield* page.files
    from = page.files.at(-1)?.key ?? from
    if (!page.more) return
  }
}

/** As `allFiles`, without those that are past their time, and those that are not trusted. */
export async function* livingFiles(
  { backend, trust, now }: Pick<FileParts, 'backend' | 'trust' | 'now'>,
  prefix: string,
  after?: string,
): AsyncGenerator<StoredFile> {
  for await (const file of allFiles(backend, prefix, after))
    if (!isExpired(file.document, now()) && (await trust.admits(file))) yield file
}

export interface ListFilesOptions {
  /** Default '': all. */
  readonly prefix?: string | undefined
  /** Most files of the page, 0 to 10000. Default 1000. */
  readonly limit?: number | undefined
  /** Where the page before ended; it goes on in the same order. */
  readonly cursor?: string | undefined
  /**
   * By key, or by the time of the last store (`updated_at`), the newest or the oldest first; equal times by key. By time,
   * all documents with the prefix are read for each page. Default 'key'.
   */
  readonly order?: FileOrder | undefined
}

export interface FileList {
  /** In the order that was asked for. */
  readonly files: readonly FileInfo[]
  /** Leads to the next page; undefined when there is none. */
  readonly cursor: string | undefined
}

/** One page. @throws TypeError or RangeError for a wrong option */
export async function listFiles(parts: FileParts, options: ListFilesOptions): Promise<FileList> {
  rejectUnknown(options, ['prefix', 'limit', 'cursor', 'order'], 'list')
  const prefix = stringOption('prefix', options.prefix, { default: '', empty: true })
  const rule = { min: 0, max: LIMIT_MAX, default: PAGE_FILES }
  const limit = integerOption('limit', options.limit, rule)
  const order = oneOf('order', options.order, FILE_ORDERS, 'key')
  if (order !== 'key')
    return await listByTime(parts, { prefix, limit, cursor: options.cursor, order })
  const after = decodeCursor(options.cursor)
  const files: FileInfo[] = []
  if (limit === 0) return { files, cursor: options.cursor }
  for await (const file of livingFiles(parts, prefix, after)) {
    // One more than fits tells that there is a next page.
    if (files.length === limit) return { files, cursor: encodeCursor(files.at(-1)?.key ?? '') }
    files.push(infoOf(file))
  }
  return { files, cursor: undefined }
}

async function listByTime(
  parts: FileParts,
  { prefix, limit, cursor, order }: TimeRequest,
): Promise<FileList> {
  const after = cursor === undefined ? undefined : readPlace(order, decodeText(cursor))
  if (cursor !== undefined && after === undefined) throw noCursor(cursor)
  if (limit === 0) return { files: [], cursor }
  const found = await firstByTime(livingFiles(parts, prefix), order, limit + 1, after)
  const files = found.slice(0, limit)
  const last = found.length > limit ? files.at(-1) : undefined
  const next = last && encodeCursor(writePlace(order, placeOf(last)))
  return { files: files.map(infoOf), cursor: next }
}

interface TimeRequest {
  readonly prefix: string
  readonly limit: number
  readonly cursor: string | undefined
  readonly order: TimeOrder
}

/** The only option of several calls. @throws TypeError for others, and for a prefix that is no text */
export function prefixOption(options: { readonly prefix?: string }, where: string): string {
  rejectUnknown(options, ['prefix'], where)
  return stringOption('prefix', options?.prefix, { default: '', empty: true })
}

/** As an argument, where null means the same as nothing. @throws TypeError for what is no text */
export function checkPrefix(prefix: string | null | undefined): string {
  if (prefix === undefined || prefix === null) return ''
  if (typeof prefix !== 'string')
    throw wrongArgument(`Argument "prefix" must be text, got ${shown(prefix)}`)
  return prefix
}

/** Where a listing goes on: opaque to callers. */
export function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** @throws TypeError for what is no cursor of ours */
export function decodeCursor(cursor: unknown): string | undefined {
  if (cursor === undefined) return undefined
  const key = decodeText(cursor)
  if (isFileKey(key)) return key
  throw noCursor(cursor)
}

/** '' for what was not encoded here. */
function decodeText(cursor: unknown): string {
  if (typeof cursor !== 'string') return ''
  const text = Buffer.from(cursor, 'base64url').toString()
  return encodeCursor(text) === cursor ? text : ''
}

function noCursor(cursor: unknown): TypeError {
  return wrongArgument(
    `Option "cursor" must be one that list has given, in the same order, got ${shown(cursor)}`,
  )
}
