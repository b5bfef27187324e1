import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DOCUMENT_BYTES, documentAt, encode } from '../document.js'
import { READ_DOCUMENTS } from '../plan.js'
import type { OpenSubject } from './subject.js'

/** Written again from the start when it is full, as a journal would be. */
const FILE_BYTES = 16 * 1024 * 1024

/**
 * The least that node:fs needs for a document that survives a power cut: a write into a file whose blocks are there
 * already, and its flush. Nothing can find the document again. Saves reuse one buffer; reads are readFileSync.
 */
export const openRawFloor: OpenSubject = async (directory, scenario) => {
  const path = join(directory, 'floor.log')
  writeFileSync(path, Buffer.alloc(FILE_BYTES))
  const file = openSync(path, 'r+')
  fsyncSync(file)
  let offset = 0
  const append = (bytes: Uint8Array): void => {
    if (offset + bytes.length > FILE_BYTES) offset = 0
    writeSync(file, bytes, 0, bytes.length, offset)
    fdatasyncSync(file)
    offset += bytes.length
  }
  const pathAt = (at: number): string => join(directory, `${at}.json`)
  if (scenario === 'get-hot') {
    for (let at = 0; at < READ_DOCUMENTS; at++) writeFileSync(pathAt(at), encode(documentAt(at)))
  }
  const one = Buffer.from(encode(documentAt(0)))
  return {
    settings:
      'writeSync + fdatasyncSync in a zero-filled file, 64 at a time one write of 64 KiB; readFileSync',
    save: () => append(one),
    saveTogether: (_from, count) => append(Buffer.alloc(count * DOCUMENT_BYTES, one)),
    get: (at) => JSON.parse(readFileSync(pathAt(at), 'utf8')) as object,
    close: async () => closeSync(file),
  }
}
