import { randomBytes } from 'node:crypto'
import { nowMs } from '../base/clock.js'

const TIME_BYTES = 6
const VERSION_BYTE = 6
const VARIANT_BYTE = 8

/**
 * The name that a client gives to a commit before it is made: a UUID of version 7, whose begin is the time, so that new
 * ones are beside each other in the index.
 */
export function newMark(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs(), 0, TIME_BYTES)
  bytes.writeUInt8(0x70 | (bytes.readUInt8(VERSION_BYTE) & 0x0f), VERSION_BYTE)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(VARIANT_BYTE) & 0x3f), VARIANT_BYTE)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
