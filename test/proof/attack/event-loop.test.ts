import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'

const CHILD = join(import.meta.dirname, 'event-loop.mjs')

describe('a loop of reads that are answered from memory', () => {
  it.each([
    'directory',
    'version, cached',
    'version, hot',
    'latest',
    'names',
    'list',
    'ids',
    'memory',
    'file, hot',
    'file, cached',
    'stat',
  ])('lets the event loop turn: %s', async (kind) => {
    const dir = await tempDirectory()
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, kind, dir])
    expect(stdout).toBe('turned\n')
  })
})
