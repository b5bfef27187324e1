import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../src/engine/durable-directory.js'
import { DirectoryStamps, isSettled } from '../../src/versions/directory-stamps.js'
import { tempDirectory } from '../support/temp.js'

const stampOf = (changedMs: number): string => `1a-${(BigInt(changedMs) * 1_000_000n).toString(16)}`

describe('a stamp', () => {
  it('proves something only once the clock of the file system has ticked', () => {
    const changedMs = 1_700_000_000_123
    expect(isSettled(stampOf(changedMs), changedMs)).toBe(false)
    expect(isSettled(stampOf(changedMs), changedMs + 15)).toBe(false)
    expect(isSettled(stampOf(changedMs), changedMs + 30)).toBe(true)
  })

  it('of whole seconds may be of a file system that keeps no more, whose clock ticks every other second', () => {
    const changedMs = 1_700_000_000_000
    expect(isSettled(stampOf(changedMs), changedMs + 1900)).toBe(false)
    expect(isSettled(stampOf(changedMs), changedMs + 2100)).toBe(true)
  })

  it('of the future proves nothing', () => {
    expect(isSettled(stampOf(1_700_000_009_123), 1_700_000_000_123)).toBe(false)
  })
})

describe('the stamps of prompts', () => {
  it('are kept where they prove what was read, until the prompt changes', () => {
    const stamps = new DirectoryStamps()
    const old = stampOf(1_700_000_000_123)
    stamps.note('p', old, 1_700_000_009_000)
    expect(stamps.get('p')).toBe(old)
    stamps.note('p', old, 1_700_000_000_123)
    expect(stamps.get('p')).toBeUndefined()
    stamps.note('p', old, 1_700_000_009_000)
    stamps.changed('p')
    expect(stamps.get('p')).toBeUndefined()
    stamps.note('p', undefined, 1_700_000_009_000)
    expect(stamps.get('p')).toBeUndefined()
  })

  it('are looked at again for the prompts that have changed, and for no other', async () => {
    const path = await tempDirectory()
    for (const name of ['p', 'q']) await mkdir(join(path, name))
    await using directory = await DurableDirectory.open(path, { adopt: true })
    await sleep(60)
    const stamps = new DirectoryStamps()
    stamps.load('p', '')
    stamps.load('q', 'of an index file')
    stamps.load('gone', '')
    await stamps.renew(directory.volume, (promptId) => promptId)
    const first = stamps.get('p')
    expect(first).toMatch(/^[0-9a-f]+-[0-9a-f]+$/)
    expect(stamps.get('q')).toBe('of an index file')
    expect(stamps.get('gone')).toBeUndefined()
    await writeFile(join(path, 'p', '1.0.0.json'), '')
    stamps.changed('p')
    await sleep(60)
    await stamps.renew(directory.volume, (promptId) => promptId)
    expect(stamps.get('p')).not.toBe(first)
  })
})
