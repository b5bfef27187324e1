import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PromptVersion } from '../../../dist/index.js'
import { encode, promptAt, PROMPTS } from '../plan/document.js'
import { keyOf, pathOf } from './paths.js'
import type { OpenSubject } from './subject.js'

/** Written again from the start when it is full, as a journal would be. */
const LOG_BYTES = 16 * 1024 * 1024

/**
 * The least that node:fs needs for a document that survives a power cut: a write into a file whose blocks are there
 * already, and its flush. The file that reads ask for is written beside it, and not flushed.
 */
export const openRawFloor: OpenSubject = async (directory, { cache }) => {
  for (let at = 0; at < PROMPTS; at++) {
    await mkdir(join(directory, promptAt(at)), { recursive: true })
  }
  const log = openLog(join(directory, 'floor.log'))
  const save = (documents: readonly PromptVersion[]): void => {
    const texts = documents.map(encode)
    // Reads are measured where nothing is cached, and only there the files are needed.
    if (!cache) {
      for (const [at, document] of documents.entries())
        writeFileSync(join(directory, pathOf(document)), texts[at] ?? '')
    }
    log.append(Buffer.from(texts.join('')))
  }
  return {
    settings:
      'synchronous calls: write + fdatasync in a zero-filled log, callers at the same time as one write; nothing finds the document again. Files: temporary file + fsync + rename + fsync of the directory. Reads: readFileSync',
    save: (document) => save([document]),
    saveTogether: save,
    get: (name) =>
      JSON.parse(readFileSync(join(directory, `${keyOf(name)}.json`), 'utf8')) as object,
    putFile: (name, bytes) => replaceFlushed(directory, name, bytes),
    close: () => log.close(),
  }
}

interface Log {
  append(bytes: Uint8Array): void
  close(): void
}

function openLog(path: string): Log {
  writeFileSync(path, Buffer.alloc(LOG_BYTES))
  const file = openSync(path, 'r+')
  fsyncSync(file)
  let offset = 0
  return {
    append: (bytes) => {
      if (offset + bytes.length > LOG_BYTES) offset = 0
      writeSync(file, bytes, 0, bytes.length, offset)
      fdatasyncSync(file)
      offset += bytes.length
    },
    close: () => closeSync(file),
  }
}

function replaceFlushed(directory: string, name: string, bytes: Uint8Array): void {
  const temporary = join(directory, `${name}.tmp`)
  const file = openSync(temporary, 'wx')
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
  fsyncSync(file)
  closeSync(file)
  renameSync(temporary, join(directory, name))
  const parent = openSync(directory, 'r')
  fsyncSync(parent)
  closeSync(parent)
}
