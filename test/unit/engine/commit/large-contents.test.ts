import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TEMPORARY_DIRECTORY } from '../../../../src/format/layout.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { INLINE_BYTES_MAX } from '../../../../src/engine/journal/segments.js'
import { tempDirectory } from '../../../support/temp.js'

const large = (filling: number): Uint8Array => new Uint8Array(INLINE_BYTES_MAX + 1).fill(filling)

describe('contents that are too large for the journal', () => {
  it('get their name and leave nothing staged', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'a', bytes: large(1) }])
    expect(new Uint8Array(await readFile(join(path, 'a')))).toEqual(large(1))
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
  })

  it('leave nothing staged when their transaction is refused', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'a', bytes: large(1) }])
    await expect(
      directory.commit([
        { kind: 'create', path: 'b', bytes: large(2) },
        { kind: 'create', path: 'a', bytes: large(3) },
      ]),
    ).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    expect(await readdir(join(path, TEMPORARY_DIRECTORY))).toEqual([])
    expect(await directory.read('b')).toBeUndefined()
    expect(await directory.read('a')).toEqual(large(1))
  })
})
