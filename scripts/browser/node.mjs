// What the library takes from Node, for runtimes that have only the web platform: `holdfast/client` is bundled with it.
// The client needs values, clocks and checksums; nothing here reaches a disk, a process or a network.
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export { Buffer } from 'buffer/index.js'

// node:buffer
export const constants = { MAX_LENGTH: 2 ** 31 - 1, MAX_STRING_LENGTH: 2 ** 29 - 24 }

// node:crypto
export function hash(_algorithm, data) {
  return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data))
}
export const createHash = notHere('createHash')
export const randomBytes = notHere('randomBytes')

// node:diagnostics_channel: nothing can subscribe
/** @param {string} name */
export function channel(name) {
  return { name, hasSubscribers: false, publish: () => undefined }
}

// node:perf_hooks, node:timers, node:vm: bound now, as Node's own are
export const performance = globalThis.performance
export const setTimeout = globalThis.setTimeout.bind(globalThis)
export const clearTimeout = globalThis.clearTimeout.bind(globalThis)
export const setInterval = globalThis.setInterval.bind(globalThis)
export const clearInterval = globalThis.clearInterval.bind(globalThis)
export const setImmediate = (work) => setTimeout(work, 0)
export const runInNewContext = () => Date

// node:process, node:url
export const platform = 'browser'
export const fileURLToPath = notHere('fileURLToPath')

// node:util
export const TextDecoder = globalThis.TextDecoder
export const TextEncoder = globalThis.TextEncoder

const tagOf = (value) => Object.prototype.toString.call(value).slice('[object '.length, -1)
const isTagged = (name) => (value) => tagOf(value) === name
export const types = {
  isArrayBuffer: isTagged('ArrayBuffer'),
  isDate: isTagged('Date'),
  isMap: isTagged('Map'),
  isNativeError: isTagged('Error'),
  isPromise: isTagged('Promise'),
  isProxy: () => false,
  isRegExp: isTagged('RegExp'),
  isSet: isTagged('Set'),
  isUint8Array: isTagged('Uint8Array'),
}

/**
 * For values of JSON, which is all that the client compares.
 * @param {unknown} left
 * @param {unknown} right
 * @returns {boolean}
 */
export function isDeepStrictEqual(left, right) {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) => Object.hasOwn(right, key) && isDeepStrictEqual(at(left, key), at(right, key)),
    )
  )
}

/**
 * @param {object} object
 * @param {string} key
 * @returns {unknown}
 */
function at(object, key) {
  return Reflect.get(object, key)
}

/** One line for a message. */
export function inspect(value) {
  if (typeof value === 'string')
    return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `[Array(${value.length})]` : `[${tagOf(value)}]`
}

function notHere(name) {
  return () => {
    throw new Error(`${name} needs Node`)
  }
}
