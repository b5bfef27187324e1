import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { POSTGRES_LEFT_OUT, startPostgres, testDatabase } from '../../support/postgres.js'
import { asked, connectionsTo, TIMES } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('Connections', () => {
  it('serve more callers than there are connections, in their turn', async () => {
    const connections = await connectionsTo(await testDatabase(), TIMES, 2)
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        return await connections.read({
          text: 'SELECT $1::integer AS n, pg_sleep(0.005)',
          values: [n],
        })
      }),
    )
    expect(answers.map(([row]) => row?.['n'])).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  it('ask again what only reads when the server is restarted', async () => {
    const server = await startPostgres()
    const connections = await connectionsTo(server.url(), { ...TIMES, connectTimeoutMs: 60_000 })
    const reading = connections.read({ text: 'SELECT 7 AS n, pg_sleep(0.5)' })
    await server.restart()
    await expect(reading).resolves.toMatchObject([{ n: 7 }])
    await server.stop()
    const waiting = connections.read({ text: 'SELECT 8 AS n' })
    await server.start()
    await expect(waiting).resolves.toEqual([{ n: 8 }])
  })

  it('fail with a code when the server stays away', async () => {
    const server = await startPostgres()
    const connections = await connectionsTo(server.url(), { ...TIMES, connectTimeoutMs: 200 })
    await server.stop()
    await expect(connections.read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      message: /^Cannot read from postgres:\/\/test: /,
    })
  })

  it('close a connection that does not answer in time', async () => {
    const connections = await connectionsTo(
      await testDatabase(),
      {
        connectTimeoutMs: 50,
        answerTimeoutMs: 100,
      },
      1,
    )
    await expect(connections.read({ text: 'SELECT pg_sleep(5)' })).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
    })
    await expect(connections.read({ text: 'SELECT 1 AS n' })).resolves.toEqual([{ n: 1 }])
  })

  it('survive a server that ends right after it has greeted them', async () => {
    const connections = await connectionsTo(await endingAfterGreeting(await testDatabase()), {
      ...TIMES,
      connectTimeoutMs: 60_000,
    })
    await expect(connections.read({ text: 'SELECT 1 AS n' })).resolves.toEqual([{ n: 1 }])
  })

  it('roll back a transaction that failed, and know whose error it was', async () => {
    const connections = await connectionsTo(await testDatabase(), TIMES, 1)
    const own = new Error('of the work')
    await expect(
      connections.use(async (client) => {
        await client.query({ text: 'BEGIN' })
        await client.query({ text: 'CREATE TABLE notes (n integer)' })
        const error: unknown = await client
          .query({ text: 'SELECT 1/0' })
          .catch((thrown: unknown) => thrown)
        expect(client.hasThrown(error)).toBe(true)
        expect(client.hasThrown(own)).toBe(false)
        await client.rollBack()
        expect(client.isBroken).toBe(false)
        throw own
      }),
    ).rejects.toBe(own)
    await expect(asked(connections, 'SELECT FROM notes')).rejects.toMatchObject({ code: '42P01' })
  })

  it('stop trying at the end of the time', async () => {
    const connections = await connectionsTo('postgres://nowhere@localhost/x?host=/nowhere', {
      ...TIMES,
      connectTimeoutMs: 100,
    })
    const endMs = connections.endMs()
    await expect(connections.read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { error: 'ENOENT' },
    })
    expect(connections.endMs()).toBeGreaterThan(endMs)
  })
})

const SOCKET = '.s.PGSQL.5432'
/** ReadyForQuery, outside a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
const FIELDS = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection', '', ''].join('\0')

/** A server whose first connection is told in one message that it is ready, and that the server ends. */
async function endingAfterGreeting(url: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-ending-'))
  const target = new URL(url)
  const serverSocket = join(target.searchParams.get('host') ?? '', SOCKET)
  let connections = 0
  const server = createServer((client) => {
    const isFirst = ++connections === 1
    const upstream = connect(serverSocket)
    for (const socket of [client, upstream])
      socket
        .on('error', () => undefined)
        .on('close', () => {
          client.destroy()
          upstream.destroy()
        })
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data: Buffer) => {
      const isReady = data.subarray(-READY.length).equals(READY)
      if (!isFirst || !isReady) return client.write(data)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(length.length + FIELDS.length)
      return client.end(Buffer.concat([data, Buffer.from('E'), length, Buffer.from(FIELDS)]))
    })
  })
  server.listen(join(directory, SOCKET))
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await rm(directory, { recursive: true })
  })
  target.searchParams.set('host', directory)
  return target.href
}
