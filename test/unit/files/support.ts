import { onTestFinished } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { FileStorage } from '../../../src/files/file-storage.js'
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

/** A stream of the bytes in pieces of a size. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
