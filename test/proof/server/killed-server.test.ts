import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { createStorage } from '../../../src/config/create-storage.js'
import { SEED } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'
import { start } from '../../unit/cli/holdfast.js'
import { documentOf, LoadClient, Tally } from './client.js'

/** `HOLDFAST_SERVER_SECONDS=600 HOLDFAST_SERVER_KILLS=10 npx vitest run --project proofs test/proof/server` */
const SECONDS = Number(process.env['HOLDFAST_SERVER_SECONDS'] ?? 6)
const KILLS = Number(process.env['HOLDFAST_SERVER_KILLS'] ?? 3)
const CLIENTS = Number(process.env['HOLDFAST_SERVER_CLIENTS'] ?? 16)
const STORES = (process.env['HOLDFAST_SERVER_STORES'] ?? 'file,sqlite').split(',')

it.each(STORES)(
  'a server over %s that is killed under load loses nothing that it acknowledged, and answers nothing wrong',
  async (scheme) => {
    const store = `${scheme}:${join(await tempDirectory(), 'store')}`
    const port = await freePort()
    const address = `http://127.0.0.1:${port}`
    let server = await serve(store, port)
    const tally = new Tally()
    const random = randomOf(SEED)
    const clients = Array.from(
      { length: CLIENTS },
      (_, at) => new LoadClient(address, `client-${at}`, tally, random),
    )
    let isOver = false
    const working = Promise.all(clients.map(async (client) => await client.work(() => isOver)))
    const memory: number[] = []
    for (let kill = 0; kill <= KILLS; kill++) {
      await sleep((SECONDS * 1000) / (KILLS + 1))
      memory.push(await residentMib(server))
      if (kill === KILLS) break
      const exit = once(server, 'exit')
      server.kill('SIGKILL')
      await exit
      server = await serve(store, port)
    }
    isOver = true
    await working
    const exit = once(server, 'exit')
    server.kill('SIGTERM')
    await exit
    report(scheme, tally, memory)
    expect(tally.wrong).toEqual([])
    expect(tally.acknowledged).toBeGreaterThan(CLIENTS)
    await using kept = await createStorage(store)
    for (const { promptId, acknowledged, labelled } of clients) {
      const names = await kept.listVersionNames(promptId)
      expect(names).toEqual(Array.from({ length: acknowledged + 1 }, (_, at) => `1.${at}.0`))
      for await (const { version, prompt } of kept.versions({ promptId }))
        expect(prompt).toMatchObject(documentOf(promptId, Number(version.split('.')[1])).prompt)
      const head = await kept.readHead(promptId)
      expect(head?.labels['live']?.version).toBe(
        labelled === undefined ? undefined : `1.${labelled}.0`,
      )
    }
  },
  (SECONDS + 120) * 1000,
)

async function serve(store: string, port: number): Promise<ChildProcess> {
  const child = start(['serve', '--store', store, '--port', String(port)])
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.stdout === null) throw new Error('Its output is not piped')
  child.stderr?.resume()
  await once(createInterface({ input: child.stdout }), 'line')
  return child
}

/** The server comes back at the port that the clients know. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** NaN where the system does not say. */
async function residentMib({ pid }: ChildProcess): Promise<number> {
  try {
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kib) / 1024)
  } catch {
    return Number.NaN
  }
}

/** A linear congruential generator: enough to mix calls, and repeatable by its seed. */
function randomOf(seed: number): () => number {
  let state = seed % 2_147_483_647
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function report(scheme: string, tally: Tally, memory: readonly number[]): void {
  const { requests, acknowledged, moves, reads, notModified, failed } = tally
  console.log(
    `${scheme}: ${SECONDS} s, ${KILLS} kills, ${requests} requests (${Math.round(requests / SECONDS)}/s), ${acknowledged} saves, ${moves} moves, ${reads} reads (${notModified} not modified), ${failed} attempts without an answer; MiB before each kill and at the end: ${memory.join(', ')}`,
  )
}
