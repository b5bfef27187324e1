import { describe, expect, it } from 'vitest'
import { isNetworkFileSystem, probe, spaceOf } from '../../../../src/disk/portable/probe.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { READ_ONLY_WARNING } from '../../../../src/disk/mounts.js'
import { tempDirectory } from '../../../support/temp.js'
import { failure } from '../support.js'

async function newRoot(): Promise<PortableRoot> {
  const root = new PortableRoot(await tempDirectory(), 0o600, 0o700)
  await root.makeDirectory('.tmp')
  return root
}

describe('what the portable disk says of a volume', () => {
  it('is what it cannot do, one sentence each', async () => {
    const found = await probe(await newRoot(), true, false, undefined)
    expect(found).toMatchObject({ kernelLocks: false, multiProcess: false, publish: 'link' })
    expect(found.readOnly).toBe(false)
    expect(found.warnings.join(' ')).toContain('one process at a time may have the store open')
    expect('fallback' in found).toBe(false)
  })

  it('is why it replaces the native one, also to a reader that writes nothing', async () => {
    const root = await newRoot()
    const writing = await probe(root, true, false, 'no such binary')
    expect(writing.fallback).toBe('no such binary')
    expect(writing.warnings[0]).toContain('replaces the native one: no such binary')
    const reading = await probe(root, false, true, 'no such binary')
    expect(reading).toMatchObject({ readOnly: true, fallback: 'no such binary' })
    expect(reading.warnings).toHaveLength(1)
  })

  it('tells a directory that may not be written from a mount that takes no writes', async () => {
    const { readOnly, warnings } = await probe(await newRoot(), false, false, undefined)
    expect(readOnly).toBe(false)
    expect(warnings).toContain('The directory cannot be written: the volume is read-only.')
    expect(warnings).not.toContain(READ_ONLY_WARNING)
  })
})

describe('the facts of a file system', () => {
  it('are its space, in bytes and inodes', async () => {
    const space = await spaceOf(await newRoot())
    expect(space.freeBytes).toBeLessThanOrEqual(space.totalBytes - space.usedBytes)
    expect(space.totalBytes).toBeGreaterThan(0)
    expect(space.freeInodes).toBeLessThanOrEqual(space.totalInodes)
  })

  it('are not guessed for a directory that is missing', async () => {
    const gone = { directory: '/missing/directory' }
    expect((await failure(isNetworkFileSystem(gone))).code).toBe('ENOENT')
  })
})
