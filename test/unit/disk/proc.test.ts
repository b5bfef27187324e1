import { describe, expect, it } from 'vitest'
import { followProc, followProcHere, readProc } from '../../../src/disk/proc.js'

const isLinux = process.platform === 'linux'

describe.runIf(isLinux)('what /proc says', () => {
  it('is the content of a file whose size is not known beforehand', async () => {
    expect(await readProc('/proc/self/stat')).toMatch(new RegExp(`^${process.pid} \\(`))
  })

  it('is where a link leads, for a worker of node:fs or for the calling thread', async () => {
    expect(await followProc('/proc/self/ns/pid')).toMatch(/^pid:\[\d+\]$/)
    // The main thread has the number of its process.
    expect(followProcHere('/proc/self')).toBe(String(process.pid))
    expect(await followProc('/proc/self')).toBe(String(process.pid))
  })
})

describe('what /proc does not say', () => {
  it('is undefined or empty, never an error', async () => {
    expect(await readProc('/proc/missing')).toBeUndefined()
    expect(await readProc('/proc/self')).toBeUndefined()
    expect(await followProc('/proc/self/stat')).toBe('')
    expect(followProcHere('/proc/missing')).toBe('')
  })
})
