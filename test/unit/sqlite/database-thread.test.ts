import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../../../src/sqlite/database-thread.js'
import type { Answers, DatabaseSettings, Opened, Request } from '../../../src/sqlite/messages.js'
import { connect, documentRow, settingsFor, testFile } from './support.js'

/** A database behind a port of this thread. */
async function serveHere(settings: DatabaseSettings) {
  const { port1, port2 } = new MessageChannel()
  const messages: (Opened | Answers)[] = []
  port1.on('message', (message: Opened | Answers) => void messages.push(message))
  onTestFinished(() => port1.close())
  await serve(port2, settings)
  await expect.poll(() => messages.length).toBe(1)
  const opened = messages.shift() as Opened
  return {
    opened,
    messages: messages as Answers[],
    ended: new Promise<void>((resolve) => void port2.once('close', () => resolve())),
    send: (message: readonly Request[] | 'close') => port1.postMessage(message),
  }
}

const insert = (id: number): Request => ({
  id,
  ask: { op: 'insert', documents: [documentRow('p', `1.0.${id}`)], present: [] },
})

describe('serve', () => {
  it('says what it has opened, answers, and closes after the last answer', async () => {
    const { opened, messages, send, ended } = await serveHere(settingsFor(await testFile()))
    expect(opened).toMatchObject({ driver: 'better-sqlite3', sqliteVersion: /^3\./ })
    send([insert(1), { id: 2, ask: { op: 'ids' } }])
    send('close')
    await ended
    await expect.poll(() => messages.length).toBe(2)
    expect(messages).toEqual([
      { events: [], replies: [{ id: 2, answer: [] }] },
      {
        events: [{ kind: 'save', promptId: 'p', version: '1.0.1' }],
        replies: [{ id: 1, answer: undefined }],
      },
    ])
  })

  it('answers reads while a write waits for the lock of another process', async () => {
    const file = await testFile()
    const { messages, send } = await serveHere(settingsFor(file))
    const other = await connect(file)
    other.exec('BEGIN IMMEDIATE')
    send([insert(1)])
    send([{ id: 2, ask: { op: 'names', promptId: 'p' } }])
    await expect.poll(() => messages.length).toBe(1)
    expect(messages[0]?.replies).toEqual([{ id: 2, answer: [] }])
    other.exec('COMMIT')
    await expect.poll(() => messages.length).toBe(2)
    expect(messages[1]?.replies).toEqual([{ id: 1, answer: undefined }])
  })

  it('reports the events of others before the answer to who asks for them', async () => {
    const file = await testFile()
    const [one, other] = [await serveHere(settingsFor(file)), await serveHere(settingsFor(file))]
    one.send([insert(1)])
    await expect.poll(() => one.messages.length).toBe(1)
    other.send([{ id: 5, ask: { op: 'refresh' } }])
    await expect.poll(() => other.messages.length).toBe(1)
    expect(other.messages[0]).toEqual({
      events: [{ kind: 'save', promptId: 'p', version: '1.0.1' }],
      replies: [{ id: 5, answer: undefined }],
    })
  })

  it('reports a read that fails', async () => {
    const file = await testFile()
    const { messages, send } = await serveHere(settingsFor(file))
    ;(await connect(file)).exec('DROP TABLE heads')
    send([{ id: 1, ask: { op: 'head', promptId: 'p' } }])
    await expect.poll(() => messages.length).toBe(1)
    expect(messages[0]?.replies).toMatchObject([
      { id: 1, failure: { code: 'FS-LOAD-002', message: /no such table/ } },
    ])
  })

  it('says why it has not opened', async () => {
    const file = await testFile()
    const owner = await connect(file)
    owner.exec('CREATE TABLE theirs (a)')
    expect((await serveHere(settingsFor(file))).opened).toMatchObject({
      failure: { code: 'FS-FORMAT-001' },
    })
    const inNowhere = settingsFor(`${file}/in/nowhere.db`)
    expect((await serveHere(inNowhere)).opened).toMatchObject({
      failure: {
        code: 'FS-IO-001',
        message: expect.stringContaining('its directory must exist') as string,
      },
    })
  })

  it('says that it cannot be opened while another process keeps it locked', async () => {
    const file = await testFile()
    const other = await connect(file)
    other.exec('BEGIN EXCLUSIVE; PRAGMA user_version = 0')
    const { opened } = await serveHere(settingsFor(file, { lockTimeoutMs: 20 }))
    expect(opened).toMatchObject({ failure: { code: 'FS-LOCK-001' } })
  })
})
