import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LineLog } from '../../../src/disk/line-log.js'
import { tempDirectory } from '../../support/temp.js'

describe('a log of lines', () => {
  it('has every line that was appended, in order, also of calls at once', async () => {
    const path = join(await tempDirectory(), 'log')
    expect(await LineLog.read(path)).toEqual([])
    const log = await LineLog.open(path)
    await Promise.all(['a', 'b', 'ä'].map(async (line) => await log.append(line)))
    await log.close()
    const again = await LineLog.open(path)
    await again.append('c')
    await again.close()
    expect(await LineLog.read(path)).toEqual(['a', 'b', 'ä', 'c'])
  })

  it('begins a line of its own after one that a crash cut off', async () => {
    const path = join(await tempDirectory(), 'log')
    await appendFile(path, 'whole\nhal')
    const log = await LineLog.open(path)
    await log.append('next')
    await log.close()
    expect(await readFile(path, 'utf8')).toBe('whole\nhal\nnext\n')
  })

  it('fails with the error of the disk where it cannot be opened', async () => {
    const path = join(await tempDirectory(), 'missing', 'log')
    await expect(LineLog.open(path)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' })
  })
})
