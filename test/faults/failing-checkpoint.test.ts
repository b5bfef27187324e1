import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { DurableDirectory } from '../../src/engine/durable-directory.js'
import { tempDirectory } from '../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(process.platform !== 'linux' || faults.missing, NEEDS_COMPILER)
  return faults.path
}

describe('a checkpoint whose flush fails', () => {
  it('writes the files anew from the journal instead of flushing them a second time', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ holdfast, storageDir: path, outcome, faults: set, fs }) => {
        const directory = await holdfast.DurableDirectory.open(path, { checkpointIdleMs: 60_000 })
        await directory.commit([
          { kind: 'create', path: 'doubtful.txt', bytes: Buffer.from('kept') },
        ])
        const before = fs.statSync(`${path}/doubtful.txt`).ino
        set('fsync EIO 0 1 doubtful.txt\nfdatasync EIO 0 1 doubtful.txt')
        const checkpoint = await outcome(directory.checkpoint())
        set('')
        const after = fs.statSync(`${path}/doubtful.txt`).ino
        const { state, backgroundErrors } = directory.health()
        await directory.close()
        return { checkpoint, before, after, state, backgroundErrors }
      },
      { preload: preload(test) },
    )
    expect(seen.checkpoint.ok).toBe(true)
    expect(seen.after).not.toBe(seen.before)
    expect(seen).toMatchObject({ state: 'ok', backgroundErrors: 1 })
    await using directory = await DurableDirectory.open(storageDir)
    expect(Buffer.from((await directory.read('doubtful.txt')) ?? []).toString()).toBe('kept')
  })

  it('leaves everything in the journal while no flush succeeds, and recovery brings it back', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ holdfast, storageDir: path, outcome, faults: set, kill }) => {
        const directory = await holdfast.DurableDirectory.open(path, { checkpointIdleMs: 60_000 })
        await directory.commit([
          { kind: 'create', path: 'doubtful.txt', bytes: Buffer.from('kept') },
        ])
        set('fsync EIO\nsyncfs EIO\nfdatasync EIO 0 -1 doubtful')
        const first = await outcome(directory.checkpoint())
        // One flush of the same file would succeed now, with nothing behind it.
        set(
          'fsync EIO 0 -1 #\nfsync EIO 0 -1 staged\nfdatasync EIO 0 -1 staged\nfdatasync EIO 0 -1 #',
        )
        const second = await outcome(directory.checkpoint())
        return kill({ first, second })
      },
      { preload: preload(test) },
    )
    expect(seen).toMatchObject({ first: { ok: false }, second: { ok: false } })
    // What the disk may show after loss of power: the name, and none of the bytes.
    await writeFile(join(storageDir, 'doubtful.txt'), '')
    await using directory = await DurableDirectory.open(storageDir)
    expect(Buffer.from((await directory.read('doubtful.txt')) ?? []).toString()).toBe('kept')
    expect((await stat(join(storageDir, 'doubtful.txt'))).size).toBe(4)
  })
})
