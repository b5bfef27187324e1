// Copies a store as it is at this moment, for the tests and for the programs that they start.
import { cpSync } from 'node:fs'
import { basename } from 'node:path'

const SIGNS_DIRECTORY = '.alive'

/** The signs of life are sockets of the processes that have the store open; node:fs refuses to copy a socket. */
export function copyStore(from, to) {
  const filter = (source) => basename(source) !== SIGNS_DIRECTORY
  cpSync(from, to, { recursive: true, preserveTimestamps: true, filter })
}
