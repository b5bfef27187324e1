import { wrongArgument } from '../base/misuse.js'
import { integerOption, oneOf, rejectUnknown, shown, stringOption } from '../base/options.js'
import type { FileBackend, StoredFile } from './backend.js'
import { isExpired } from './document.js'
import { isFileKey, compareKeys } from './key.js'
import { infoOf, type FileInfo } from './info.js'
import { type FileParts } from './parts.js'

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

/** As `allFiles`, without those that have expired or are not trusted. */
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
  /** Where the previous page ended; it goes on in the same order. */
  readonly cursor?: string | undefined
  /**
   * By key, or by the time of the last store (`updated_at`), the newest or the oldest first; equal times by key. By
   * time, all documents with the prefix are read for each page. Default 'key'.
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

/** The only option of several calls. @throws TypeError for others, and for a prefix that is not text */
export function prefixOption(options: { readonly prefix?: string }, where: string): string {
  rejectUnknown(options, ['prefix'], where)
  return stringOption('prefix', options?.prefix, { default: '', empty: true })
}

/** As an argument, where null is the same as undefined. @throws TypeError for a value that is not text */
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

/** @throws TypeError for an invalid cursor */
export function decodeCursor(cursor: unknown): string | undefined {
  if (cursor === undefined) return undefined
  const key = decodeText(cursor)
  if (isFileKey(key)) return key
  throw noCursor(cursor)
}

/** '' for text that was not encoded here. */
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

/** By the bytes of the keys, or by the times of the last stores; equal times by key. */
export const FILE_ORDERS = ['key', 'newest', 'oldest'] as const
export type FileOrder = (typeof FILE_ORDERS)[number]
export type TimeOrder = Exclude<FileOrder, 'key'>

/** Where a page by time ended. */
export interface TimePlace {
  readonly storedMs: number
  readonly key: string
}

/**
 * The first `most` files after a place. No backend lists by time, so all are read; at most a few pages of them are in
 * memory at once.
 */
async function firstByTime(
  files: AsyncIterable<StoredFile>,
  order: TimeOrder,
  most: number,
  after: TimePlace | undefined,
): Promise<StoredFile[]> {
  const compare = comparison(order)
  let first: StoredFile[] = []
  for await (const file of files) {
    if (after !== undefined && compare(placeOf(file), after) <= 0) continue
    first.push(file)
    if (first.length > most * 2 + SLACK) first = cut(first)
  }
  return cut(first)

  function cut(some: readonly StoredFile[]): StoredFile[] {
    return [...some].sort((left, right) => compare(placeOf(left), placeOf(right))).slice(0, most)
  }
}

/** Rows are sorted in blocks of at least this size. */
const SLACK = 1000

/** By the clock of its writer, which each backend keeps in the document to the millisecond. */
export function placeOf({ key, document }: StoredFile): TimePlace {
  return { storedMs: Date.parse(document.updated_at), key }
}

/** The text of a cursor. With a NUL, which no key has, so that it is not treated as one in the order of keys. */
function writePlace(order: TimeOrder, { storedMs, key }: TimePlace): string {
  return `\0${order} ${storedMs} ${key}`
}

/** Undefined for text that names no place in this order. */
function readPlace(order: TimeOrder, text: string): TimePlace | undefined {
  const [, ofOrder, milliseconds, key] = /^\0([a-z]+) (-?\d{1,16}) (.+)$/s.exec(text) ?? []
  if (ofOrder !== order || !isFileKey(key)) return undefined
  return { storedMs: Number(milliseconds), key }
}

function comparison(order: TimeOrder): (left: TimePlace, right: TimePlace) => number {
  const sign = order === 'newest' ? -1 : 1
  return (left, right) =>
    sign * (left.storedMs - right.storedMs) || compareKeys(left.key, right.key)
}
