import { createHash } from 'node:crypto'
import { monotonicMs, sleep } from '../../base/clock.js'
import type { FileBackend, StoredFile, WriteCondition } from '../backend.js'
import type { FileBody } from '../../base/byte-source.js'
import type { FileDocument } from '../document.js'
import type { KeepSetting, VersionKeeper } from '../kept.js'

const LEFT_ALONE_MS_MAX = 30_000

/** A backend under test. */
export interface FileBackendSubject {
  readonly name: string
  /** Whether a backend opened again at the same place holds what was stored before. */
  readonly persistent: boolean
  /**
   * Whether a change that loses against another one of the same key always gets a conflict. False for a service that
   * may answer it with an internal error: then FS-TIMEOUT-001 is an answer as well, and, after many such errors, so is
   * FS-UNAVAILABLE-001 for a while. Default true.
   */
  readonly tellsLostRaces?: boolean
  /**
   * Whether, of several writers that store the same bytes again under the etag of a file, one succeeds and the others
   * get a conflict. False for a service whose own conditions compare digests of the bytes. Default true.
   */
  readonly noticesSameBytes?: boolean
  /** A new, empty place; called once for each test. */
  makePlace(): Promise<FileBackendPlace>
}

/** A place for files: a directory, a bucket. */
export interface FileBackendPlace {
  /** Opens a backend at this place; called again after a close for a persistent one. */
  open(): Promise<FileBackend>
  /** Opens a backend that keeps versions. Without, the tests of versions are left out. */
  openKeeping?(setting: KeepSetting): Promise<VersionKeeper>
  /**
   * Makes the next `times` calls that read, or that change something, fail temporarily; default: nothing here ever
   * does.
   */
  failNext?(kind: 'read' | 'change', times: number): void
}

/** The part of a test runner that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (title: string, body: () => void) => unknown
  readonly it: (title: string, body: () => Promise<void>) => unknown
}

/** The body of a test with a backend of its own, closed at the end. */
export function withBackend(
  subject: FileBackendSubject,
  body: (backend: FileBackend, place: FileBackendPlace) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const place = await subject.makePlace()
    const backend = await place.open()
    try {
      await body(backend, place)
    } finally {
      await backend.close()
    }
  }
}

/** The document of bytes that are stored as they are. */
export function documentOf(
  key: string,
  bytes: Uint8Array,
  changes: Partial<FileDocument> = {},
): FileDocument {
  return {
    format: 1,
    key,
    kind: 'bytes',
    bytes: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
    compression: 'none',
    encryption: undefined,
    metadata: {},
    created_at: '2026-01-02T03:04:05.678Z',
    updated_at: '2026-01-02T03:04:05.678Z',
    expires_at: undefined,
    ...changes,
  }
}

export async function putBytes(
  backend: FileBackend,
  key: string,
  content: Uint8Array | string,
  condition?: WriteCondition,
): Promise<StoredFile> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return await backend.put(key, bytes, () => documentOf(key, bytes), condition)
}

export async function putStream(
  backend: FileBackend,
  key: string,
  chunks: readonly Uint8Array[],
): Promise<StoredFile> {
  const body: FileBody = streamOf(chunks)
  return await backend.put(key, body, () => documentOf(key, Buffer.concat(chunks)))
}

export async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve()
    yield chunk
  }
}

/** The stored bytes, or undefined when there is no file. */
export async function bytesOf(
  backend: Pick<FileBackend, 'get'>,
  key: string,
  range?: { readonly start: number; readonly end?: number },
): Promise<Buffer | undefined> {
  const found = await backend.get(key, range)
  if (found === undefined) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of found.body) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

export async function textOf(backend: FileBackend, key: string): Promise<string | undefined> {
  return (await bytesOf(backend, key))?.toString()
}

/** The code of the error of `work`. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? (error as Error).message,
  )
}

/** As `codeOf`, for a change beside others of the same key; what a lost race may be answered with is `lost`. */
export async function racingCodeOf(
  { tellsLostRaces = true }: FileBackendSubject,
  lost: string,
  work: Promise<unknown>,
): Promise<unknown> {
  const code = await codeOf(work)
  const isUnclear = code === 'FS-TIMEOUT-001' || code === 'FS-UNAVAILABLE-001'
  return isUnclear && !tellsLostRaces ? lost : code
}

/** After a race: waits until a service that was left alone for its errors is asked again. */
export async function afterRace(
  { tellsLostRaces = true }: FileBackendSubject,
  backend: FileBackend,
): Promise<void> {
  if (tellsLostRaces) return
  const deadlineMs = monotonicMs() + LEFT_ALONE_MS_MAX
  while ((await codeOf(backend.head('k'))) === 'FS-UNAVAILABLE-001') {
    if (monotonicMs() > deadlineMs) throw new Error('The service is still left alone')
    await sleep(100)
  }
}
