import { onTestFinished } from 'vitest'
import { resolveFileStorageConfig, type FileStorageConfig } from '../../../src/files/config.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { openFileParts, type FileParts } from '../../../src/files/parts.js'
import type { NewFileContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'

/** A storage of the test's own, closed at its end. */
export async function openFiles(config: FileStorageConfig = {}): Promise<FileStorage> {
  const storage = await FileStorage.open({ local_storage_path: await tempDirectory(), ...config })
  onTestFinished(async () => await storage.close())
  return storage
}

/** All that a stream yields. */
export async function bytesFrom(body: AsyncIterable<unknown> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/** All that an iteration yields. */
export async function listOf<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of source) items.push(item)
  return items
}

/** A stream of the bytes in pieces of a size. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The parts of a storage in memory, or as configured, closed at the end of the test. */
export async function openParts(
  config: FileStorageConfig = {},
  { now = Date.now, expire = () => undefined }: Partial<Pick<FileParts, 'now' | 'expire'>> = {},
): Promise<FileParts> {
  const resolved = resolveFileStorageConfig({ backend: 'memory', ...config })
  const parts = await openFileParts(resolved, expire, now)
  onTestFinished(async () => await parts.backend.close())
  return parts
}

/** What `storeContent` takes, for a text without conditions. */
export function contentOf(
  key: string,
  text: string,
  changes: Partial<NewFileContent> = {},
): NewFileContent {
  const body = Buffer.from(text)
  return { key, kind: 'text', body, metadata: {}, condition: {}, expiresAt: undefined, ...changes }
}
