import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../src/files/backend.js'
import { documentOf } from '../../../src/files/conformance/subject.js'
import {
  inOrder,
  isVersionKeeper,
  parseVersionName,
  planKeep,
  surplusOf,
  versionName,
  type KeptVersion,
} from '../../../src/files/kept.js'
import { MemoryBackend } from '../../../src/files/memory.js'

const DAY_MS = 86_400_000
const NOW_MS = Date.parse('2026-01-31T00:00:00.000Z')

function file(etag: string): StoredFile {
  const document = documentOf('k', Buffer.from('x'))
  return { key: 'k', etag, storedBytes: 1, modifiedMs: 0, document }
}

/** Newest first: the versions that were kept these many days ago. */
function keptDaysAgo(...days: readonly number[]): KeptVersion[] {
  return days.map((ago) => ({ key: 'k', version: `v${ago}`, keptMs: NOW_MS - ago * DAY_MS }))
}

const request = { nowMs: NOW_MS, keeps: () => true }

describe('the plan of a change that keeps a file', () => {
  it('adds it, and removes the oldest beyond the number', () => {
    const existing = keptDaysAgo(1, 2, 3)
    const { added, surplus } = planKeep(existing, file('new'), { most: 3 }, request)
    expect(added).toEqual({ key: 'k', version: 'new', keptMs: NOW_MS })
    expect(surplus).toEqual(existing.slice(2))
    expect(planKeep(existing, file('new'), { most: 1 }, request).surplus).toEqual(existing)
    expect(planKeep([], file('new'), { most: 1 }, request).surplus).toEqual([])
  })

  it('puts it after those that are there, by whatever clock', () => {
    const [ahead] = keptDaysAgo(-5)
    const { added } = planKeep(
      ahead === undefined ? [] : [ahead],
      file('new'),
      { most: 3 },
      request,
    )
    expect(added?.keptMs).toBe((ahead?.keptMs ?? 0) + 1)
  })

  it('does not add one a second time that is kept already, and does not remove it', () => {
    const existing = keptDaysAgo(0, 1, 2)
    const plan = planKeep(existing, file('v0'), { most: 2 }, request)
    expect(plan).toEqual({ added: undefined, surplus: existing.slice(2) })
    const old = planKeep(keptDaysAgo(40), file('v40'), { most: 2, days: 30 }, request)
    expect(old).toEqual({ added: undefined, surplus: [] })
  })
})

describe('the surplus of a key', () => {
  it('is what is beyond the number, or too old', () => {
    const versions = keptDaysAgo(1, 10, 30, 31, 50)
    expect(surplusOf(versions, { most: 5 }, NOW_MS)).toEqual([])
    expect(surplusOf(versions, { most: 2 }, NOW_MS)).toEqual(versions.slice(2))
    expect(surplusOf(versions, { most: 5, days: 30 }, NOW_MS)).toEqual(versions.slice(3))
    expect(surplusOf(versions, { most: 0 }, NOW_MS)).toEqual(versions)
  })

  it('does not count a second copy of a version', () => {
    const [one, two] = keptDaysAgo(1, 2)
    const copies = [one, one, two].filter((each) => each !== undefined)
    expect(surplusOf(copies, { most: 2 }, NOW_MS)).toEqual([])
  })
})

it('orders versions from the newest on, each once', () => {
  const [one, two, three] = keptDaysAgo(1, 2, 3).map((each) => ({ ...each }))
  const copy = { ...one, keptMs: NOW_MS - 9 * DAY_MS } as KeptVersion
  const mixed = [three, copy, one, two].filter((each) => each !== undefined)
  expect(inOrder(mixed)).toEqual([one, two, three])
})

it('names a version by its time and its etag, in the order of the times', () => {
  const version = { version: '7fbbe6111f7cd16b', keptMs: 1_795_987_638_909 }
  expect(versionName(version)).toBe('001795987638909-7fbbe6111f7cd16b')
  expect(parseVersionName('001795987638909-7fbbe6111f7cd16b')).toEqual(version)
  for (const name of ['', '1-a', '001795987638909-', '001795987638909-A', '001795987638909-a/b'])
    expect(parseVersionName(name)).toBeUndefined()
  expect(versionName({ version: 'a', keptMs: 9 }) < versionName({ version: '0', keptMs: 10 })).toBe(
    true,
  )
})

it('tells a backend that keeps versions from one that does not', () => {
  const memory = new MemoryBackend()
  expect(isVersionKeeper(memory)).toBe(true)
  const other = { kind: 'memory', put: memory.put } as unknown as MemoryBackend
  expect(isVersionKeeper(other)).toBe(false)
})
