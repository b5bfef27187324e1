import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../../src/format/crc32c.js'
import { BLOCK_BYTES, decodeFrameHeader, decodeSegmentHeader } from '../../src/format/frame.js'

/** Offsets of the frames in the newest segment, oldest first. */
export async function framesIn(path: string): Promise<readonly number[]> {
  const bytes = await readFile(path)
  const salt = decodeSegmentHeader(bytes.subarray(0, BLOCK_BYTES), crc32c)?.salt
  const offsets: number[] = []
  for (let offset = BLOCK_BYTES; offset < bytes.length; offset += BLOCK_BYTES) {
    if (decodeFrameHeader(bytes, offset, crc32c)?.salt === salt) offsets.push(offset)
  }
  return offsets
}

export async function newestSegment(storageDir: string): Promise<string> {
  const names = await readdir(join(storageDir, '.journal'))
  const segments = names.filter((name) => /^\d+\.log$/.test(name)).sort()
  return join(storageDir, '.journal', segments.at(-1) ?? '')
}

export async function flipByte(path: string, offset: number): Promise<void> {
  const handle = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await handle.read(byte, 0, 1, offset)
  byte[0] = (byte[0] ?? 0) ^ 0x40
  await handle.write(byte, 0, 1, offset)
  await handle.close()
}
