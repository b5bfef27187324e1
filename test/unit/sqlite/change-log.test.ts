import { describe, expect, it } from 'vitest'
import type { ChangeLog } from '../../../src/sqlite/change-log.js'
import type { Statements } from '../../../src/sqlite/statements.js'
import type { SourceEvent } from '../../../src/versions/source/document-source.js'
import { openTables, testFile } from './support.js'

const saved = (version: string): SourceEvent => ({ kind: 'save', promptId: 'p', version })

function commit(
  { statements, log }: { readonly statements: Statements; readonly log: ChangeLog },
  events: readonly SourceEvent[],
  now = '2026-01-01T00:00:00.000Z',
): ReturnType<ChangeLog['next']> {
  statements.run('BEGIN IMMEDIATE')
  const next = log.next(now)
  log.add(next, events)
  statements.run('COMMIT')
  log.committed(next)
  return next
}

describe('ChangeLog', () => {
  it('reports the commits of others once, in their order, and none of its own', async () => {
    const file = await testFile()
    const [one, other] = [await openTables(file), await openTables(file)]
    const note = { by: null, reason: 'better', at: '2026-01-01T00:00:00.000Z' }
    const move = { label: 'production', from: null, to: '1.0.0', ...note }
    const head: SourceEvent = { kind: 'head', promptId: 'p', moves: [move] }
    commit(one, [saved('1.0.0'), head])
    commit(one, [{ kind: 'delete', promptId: 'q', version: '2.0.0' }])
    expect(one.log.unseen()).toEqual([])
    expect(other.log.unseen()).toEqual([
      saved('1.0.0'),
      head,
      { kind: 'delete', promptId: 'q', version: '2.0.0' },
    ])
    expect(other.log.unseen()).toEqual([])
  })

  it('begins a commit with what others have committed before it', async () => {
    const file = await testFile()
    const [one, other] = [await openTables(file), await openTables(file)]
    commit(one, [saved('1.0.0')])
    expect(commit(other, [saved('1.0.1')]).missed).toEqual([saved('1.0.0')])
    expect(other.log.unseen()).toEqual([])
    expect(one.log.unseen()).toEqual([saved('1.0.1')])
  })

  it('says that anything may have changed to a handle that is too far behind', async () => {
    const file = await testFile()
    const [one, other] = [await openTables(file), await openTables(file)]
    commit(one, [saved('1.0.0')])
    commit(one, [saved('1.0.1')])
    one.statements.run('DELETE FROM changes WHERE number = 1')
    expect(other.log.unseen()).toEqual([{ kind: 'reset' }])
    expect(other.log.unseen()).toEqual([])
    for (let at = 0; at < 1025; at++) commit(one, [saved(`2.0.${at}`)])
    expect(other.log.unseen()).toEqual([{ kind: 'reset' }])
  })

  it('says so when the database is an older copy of itself', async () => {
    const file = await testFile()
    const [one, other] = [await openTables(file), await openTables(file)]
    commit(one, [saved('1.0.0')])
    other.log.unseen()
    one.statements.run('DELETE FROM changes')
    expect(other.log.unseen()).toEqual([{ kind: 'reset' }])
  })

  it('keeps a bounded number of commits', async () => {
    const handle = await openTables(await testFile())
    handle.statements.run('BEGIN')
    for (let at = 0; at < 5000; at++) {
      const next = handle.log.next('2026-01-01T00:00:00.000Z')
      handle.log.add(next, [saved('1.0.0')])
      handle.log.committed(next)
    }
    handle.statements.run('COMMIT')
    const { n } = handle.statements.get('SELECT count(*) AS n FROM changes') ?? {}
    expect(n).toBeGreaterThanOrEqual(4096)
    expect(n).toBeLessThan(4096 + 256)
  })

  it('never goes back in time, also when the clock of another process does', async () => {
    const file = await testFile()
    const [one, other] = [await openTables(file), await openTables(file)]
    commit(one, [saved('1.0.0')], '2026-01-02T00:00:00.000Z')
    expect(commit(other, [saved('1.0.1')]).at).toBe('2026-01-02T00:00:00.000Z')
  })
})
