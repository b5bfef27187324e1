import { describe, expect, it, onTestFinished } from 'vitest'
import { Database, type Outcome } from '../../../src/sqlite/database.js'
import type { Request, WriteOperation } from '../../../src/sqlite/messages.js'
import { WriteQueue } from '../../../src/sqlite/write-queue.js'
import { connect, documentRow, settingsFor, testDriver, testFile } from './support.js'

async function queueOver(file: string, lockTimeoutMs: number) {
  const settings = settingsFor(file, { lockTimeoutMs })
  const database = Database.open(await testDriver(), settings)
  onTestFinished(() => database.close())
  const groups: number[] = []
  const counted: Pick<Database, 'commit'> = {
    commit: (asks) => {
      groups.push(asks.length)
      return database.commit(asks)
    },
  }
  const outcomes = new Map<number, Outcome>()
  const queue = new WriteQueue(counted, settings, (requests, done) => {
    for (const [at, { id }] of requests.entries()) outcomes.set(id, done[at] as Outcome)
  })
  return { queue, outcomes, groups }
}

function insert(id: number, promptId: string | null = 'p'): Request<WriteOperation> {
  const row = { ...documentRow('p', `1.0.${id}`), promptId } as ReturnType<typeof documentRow>
  return { id, ask: { op: 'insert', documents: [row], present: [] } }
}

describe('WriteQueue', () => {
  it('commits what waits in one transaction', async () => {
    const { queue, outcomes, groups } = await queueOver(await testFile(), 10_000)
    queue.add([insert(0), insert(1)])
    queue.add([insert(2)])
    await queue.drain()
    expect(groups).toEqual([3])
    expect([...outcomes]).toEqual(
      [0, 1, 2].map((id) => [id, expect.objectContaining({ answer: undefined })]),
    )
    queue.add([insert(3)])
    await queue.drain()
    expect(groups).toEqual([3, 1])
  })

  it('commits calls one by one if they fail together, and then groups again', async () => {
    const { queue, outcomes, groups } = await queueOver(await testFile(), 10_000)
    queue.add([insert(0), insert(1, null), insert(2)])
    await queue.drain()
    expect(groups).toEqual([3, 1, 1, 1])
    expect(outcomes.get(0)).toMatchObject({ answer: undefined })
    expect(outcomes.get(1)).toMatchObject({ failure: { code: 'FS-SAVE-001' } })
    expect(outcomes.get(2)).toMatchObject({ answer: undefined })
    queue.add([insert(3), insert(4)])
    await queue.drain()
    expect(groups.at(-1)).toBe(2)
  })

  it('waits for the lock of another connection, and takes along what comes meanwhile', async () => {
    const file = await testFile()
    const { queue, outcomes, groups } = await queueOver(file, 60_000)
    const other = await connect(file)
    other.exec('BEGIN IMMEDIATE')
    queue.add([insert(0)])
    await expect.poll(() => groups.length).toBeGreaterThan(1)
    queue.add([insert(1)])
    expect(outcomes.size).toBe(0)
    other.exec('COMMIT')
    await queue.drain()
    expect(groups.at(-1)).toBe(2)
    expect(outcomes.size).toBe(2)
  })

  it('answers FS-LOCK-001 when the lock is not released in time', async () => {
    const file = await testFile()
    const { queue, outcomes } = await queueOver(file, 20)
    const other = await connect(file)
    other.exec('BEGIN IMMEDIATE')
    queue.add([insert(0)])
    await queue.drain()
    expect(outcomes.get(0)).toMatchObject({
      failure: { code: 'FS-LOCK-001', context: { path: file, timeout_ms: 20 } },
    })
    other.exec('COMMIT')
    queue.add([insert(1)])
    await queue.drain()
    expect(outcomes.get(1)).toMatchObject({ answer: undefined })
  })
})
