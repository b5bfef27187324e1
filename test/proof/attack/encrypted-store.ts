import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { checksumOf } from '../../../src/document/checksum.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'

export const KEY = randomBytes(32)
export const PAST = '2001-01-01T00:00:00.000Z'

/** What the files of the fixture are encrypted with, by version 1 of the documents. */
export const OLD = {
  enable_encryption: true,
  encryption_key: Buffer.alloc(32, 7),
  encryption_key_id: 'raw',
  encryption_old_keys: { phrase: 'a passphrase of the fixtures' },
} as const

export function refused(reason: string): object {
  return { code: 'FS-CRYPT-001', context: { reason } }
}

export function encrypted(path: string, more: FileStorageConfig = {}): FileStorageConfig {
  return {
    local_storage_path: path,
    enable_encryption: true,
    encryption_key: KEY,
    enable_cache: false,
    ...more,
  }
}

/** A store with one encrypted file, closed. */
export async function storeOf(content: string): Promise<string> {
  const path = await tempDirectory()
  await using files = await FileStorage.open(encrypted(path))
  await files.store('a.txt', content, { owner: 'Ada' })
  return path
}

/** A program that may write the directory can make the checksum of a document fit. */
export async function forge(path: string, changes: Record<string, unknown>): Promise<void> {
  const file = join(path, '.meta', 'a.txt.json')
  const { checksum, ...fields } = JSON.parse(await readFile(file, 'utf8')) as Record<
    string,
    unknown
  >
  expect(checksum).toBeDefined()
  const forged = { ...fields, ...changes }
  const fits = checksumOf(Buffer.from(JSON.stringify(forged)))
  await writeFile(file, JSON.stringify({ ...forged, checksum: fits }))
}

/** Everything below the directory, the journal included. */
export async function bytesBelow(path: string): Promise<Buffer> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Buffer.concat(
    await Promise.all(files.map(async (file) => await readFile(join(file.parentPath, file.name)))),
  )
}

/** The contents that a SHA-256 in the bytes gives away: as it is, in hex or in base64, at any place. */
export function guessed(bytes: Buffer, contents: readonly string[]): string[] {
  const forms = new Map<number, { readonly form: Buffer; readonly content: string }[]>()
  for (const content of contents) {
    for (const form of formsOf(createHash('sha256').update(content).digest())) {
      const start = form.readInt32LE(0)
      const alike = forms.get(start) ?? []
      forms.set(start, [...alike, { form, content }])
    }
  }
  const found = new Set<string>()
  for (let at = 0; at + 32 <= bytes.length; at++) {
    for (const { form, content } of forms.get(bytes.readInt32LE(at)) ?? [])
      if (bytes.subarray(at, at + form.length).equals(form)) found.add(content)
  }
  return contents.filter((content) => found.has(content))
}

function formsOf(digest: Buffer): readonly Buffer[] {
  const hex = digest.toString('hex')
  // Without what pads them.
  const texts = [digest.toString('base64').slice(0, 43), digest.toString('base64url')]
  return [digest, ...[hex, hex.toUpperCase(), ...texts].map((text) => Buffer.from(text))]
}

export const PINS = Array.from({ length: 10_000 }, (_, pin) => String(pin).padStart(4, '0'))

export async function oldStore(): Promise<string> {
  const path = await tempDirectory()
  const fixture = new URL('../../unit/files/fixtures/encryption-1.json', import.meta.url)
  const files = JSON.parse(await readFile(fixture, 'utf8')) as Record<string, string>
  const directory = await DurableDirectory.open(path)
  const operations = Object.entries(files).map(
    ([name, text]) => ({ kind: 'create', path: name, bytes: Buffer.from(text, 'base64') }) as const,
  )
  await directory.commit(operations)
  await directory.close()
  return path
}
