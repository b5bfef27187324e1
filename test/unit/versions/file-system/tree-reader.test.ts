import { describe, expect, it } from 'vitest'
import {
  DirectoryStamps,
  isSettled,
  TreeReader,
} from '../../../../src/versions/file-system/tree-reader.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts } from './open-parts.js'

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

  it('name the prompts that are not proven, and forget those that have gone', () => {
    const stamps = new DirectoryStamps()
    stamps.load('p', '')
    stamps.load('q', stampOf(1_700_000_000_123))
    stamps.load('gone', '')
    expect(stamps.unproven).toEqual(['p', 'gone'])
    stamps.forget('gone')
    stamps.note('p', stampOf(1_700_000_000_123), 1_700_000_009_000)
    expect(stamps.unproven).toEqual([])
    stamps.changed('q')
    expect(stamps.unproven).toEqual(['q'])
  })
})

describe('the stamp of a prompt whose head has changed', () => {
  it('proves nothing any more, so that the next checkpoint reads the directory', async () => {
    const { directory, layout } = await openParts(await tempDirectory())
    const reader = new TreeReader(directory, layout)
    for (const path of ['p/.labels.json', 'p/.labels.2.jsonl']) {
      reader.stamps.load('p', 'a stamp')
      for (const other of ['.labels.json', 'p/readme.txt', '.trash/p/x.json']) reader.touched(other)
      expect(reader.stamps.get('p')).toBe('a stamp')
      reader.touched(path)
      expect(reader.stamps.get('p')).toBeUndefined()
      expect(reader.stamps.unproven).toEqual(['p'])
    }
  })
})
