// The addon's functions, counted and with their call numbers put in.
import { createRequire } from 'node:module'

const SYNCHRONOUS = new Set([
  'closeVolume',
  'closeCommitter',
  'closeOpenFile',
  'readHot',
  'abort',
  'abandon',
  'crc32c',
  'readPage',
  'writePage',
])

export class Addon {
  /** The functions as they are, for those who want to call them wrongly. */
  raw
  lastCall = 0
  counts = new Map()

  constructor(path) {
    this.raw = createRequire(import.meta.url)(path)
    for (const name of Object.keys(this.raw)) {
      this.counts.set(name, 0)
      this[name] = (...given) => {
        this.counts.set(name, this.counts.get(name) + 1)
        if (SYNCHRONOUS.has(name)) return this.raw[name](...given)
        return this.raw[name](++this.lastCall, ...given)
      }
    }
  }

  /** Exported functions that nothing has called. */
  get neverCalled() {
    return [...this.counts].filter(([, count]) => count === 0).map(([name]) => name)
  }

  /** What another copy of the addon was called for counts, too. */
  add({ counts }) {
    for (const [name, count] of counts) this.counts.set(name, this.counts.get(name) + count)
  }

  get calls() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  openAt(directory) {
    return this.openVolume(directory, true, 0o600, 0o700, '.tmp/w-', false)
  }
}

/** The code that `work` fails with; 'ok' when it does not. */
export async function codeOf(work) {
  try {
    await work
    return 'ok'
  } catch (error) {
    return error.code ?? error.name
  }
}

export async function expectCode(code, work) {
  const found = await codeOf(work)
  if (![code].flat().includes(found)) throw new Error(`expected ${code}, got ${found}`)
}
