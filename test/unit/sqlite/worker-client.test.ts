import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WorkerClient } from '../../../src/sqlite/worker-client.js'
import type { DatabaseSettings } from '../../../src/sqlite/messages.js'
import { connect, documentRow, settingsFor, testFile } from './support.js'

const insert = { documents: [documentRow('p', '1.0.0')], present: [] }

async function open(file: string, changes: Partial<DatabaseSettings> = {}): Promise<WorkerClient> {
  const client = await WorkerClient.open(settingsFor(file, changes))
  onTestFinished(async () => await client.close())
  return client
}

/** The threads that get a message from now on. */
function threads(): readonly Worker[] {
  const spy = vi.spyOn(Worker.prototype, 'postMessage')
  onTestFinished(() => spy.mockRestore())
  return spy.mock.contexts as Worker[]
}

describe('WorkerClient', () => {
  it('sends the calls of one moment in one message, and settles each with its answer', async () => {
    const client = await open(await testFile())
    const sent = threads()
    const [ids, names, inserted] = await Promise.all([
      client.call('ids', {}),
      client.call('names', { promptId: 'p' }),
      client.call('insert', insert),
    ])
    expect([ids, names, inserted]).toEqual([[], [], undefined])
    expect(sent).toHaveLength(1)
    expect(await client.call('ids', {})).toEqual(['p'])
  })

  it('reports events before it answers', async () => {
    const client = await open(await testFile())
    const order: unknown[] = []
    client.listen((events) => void order.push(...events))
    await client.call('insert', insert).then(() => order.push('answered'))
    expect(order).toEqual([{ kind: 'save', promptId: 'p', version: '1.0.0' }, 'answered'])
  })

  it('answers the calls under way before it closes', async () => {
    const client = await open(await testFile())
    const answer = client.call('insert', insert)
    await Promise.all([client.close(), client.close()])
    expect(await answer).toBeUndefined()
  })

  it('does not know the outcome of a change when its thread ends, and refuses later calls', async () => {
    const file = await testFile()
    const client = await open(file, { lockTimeoutMs: 60_000 })
    const other = await connect(file)
    other.exec('BEGIN IMMEDIATE')
    const sent = threads()
    const change = expect(client.call('insert', insert)).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { path: file, outcome: 'unknown' },
    })
    await client.call('ids', {})
    await sent[0]?.terminate()
    await change
    await expect(client.call('ids', {})).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      message: `The thread of ${file} has ended; open the database again`,
      cause: expect.any(Error) as Error,
    })
    other.exec('COMMIT')
    expect(await (await open(file)).call('ids', {})).toEqual([])
  })

  it('fails reads that are under way when its thread ends', async () => {
    const client = await open(await testFile())
    const sent = threads()
    const read = expect(client.call('ids', {})).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
    })
    await Promise.resolve()
    await sent[0]?.terminate()
    await read
  })

  it('names what to install if the driver is missing', async () => {
    if (!process.versions.node.startsWith('20.')) return
    await expect(open(await testFile(), { driver: 'node' })).rejects.toThrow(
      /^Option "driver" is 'node', and this Node has no node:sqlite; use Node 22.13 or later, or npm install/,
    )
  })

  it('rejects with what the thread has found', async () => {
    const file = await testFile()
    ;(await connect(file)).exec('CREATE TABLE theirs (a)')
    await expect(open(file)).rejects.toMatchObject({ name: 'StorageError', code: 'FS-FORMAT-001' })
  })
})
