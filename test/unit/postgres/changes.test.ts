import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { SourceReport } from '../../../src/index.js'
import { PostgresSource } from '../../../src/postgres/index.js'
import {
  POSTGRES_LEFT_OUT,
  startPostgres,
  testDatabase,
  withClient,
} from '../../support/postgres.js'
import { cutProxy } from './cut-proxy.js'
import { databaseAt, documentOf, planOf } from './support.js'

/** So long that no answer depends on it. */
const NEVER_STALE_MS = 600_000

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('Changes', () => {
  it('are reported once each, whatever began earlier and is still open', async () => {
    const url = await testDatabase()
    const { changes } = await databaseAt({ url })
    const source = await PostgresSource.open({ url })
    const seen: SourceReport[] = []
    changes.listen((events) => seen.push(...events))
    await withClient(url, async (open) => {
      // A transaction with an early id, which is committed last.
      await open.query('BEGIN')
      await open.query(
        `INSERT INTO holdfast.commits (mark, txid, events)
          VALUES (gen_random_uuid(), pg_current_xact_id(), '[["s","late","1.0.0"]]')`,
      )
      for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
        await source.insert([documentOf('p', version)], [])
        await changes.refresh(true)
      }
      expect(seen.map(labelOf)).toEqual(['save p 1.0.0', 'save p 2.0.0', 'save p 3.0.0'])
      await open.query('COMMIT')
    })
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['2.0.0'] })),
    )
    await changes.refresh(true)
    expect(seen.slice(3).map(labelOf)).toEqual(['save late 1.0.0', 'delete p 2.0.0', 'head p'])
    await source.clear()
    await changes.refresh(true)
    expect(seen.at(-1)).toEqual({ kind: 'reset' })
    await source.close()
  })

  it('are asked for before an answer from memory that would be older than the bound', async () => {
    const url = await testDatabase()
    const { changes } = await databaseAt({ url, staleMs: 100 })
    expect(changes.refresh(false)).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 110))
    const question = changes.refresh(false)
    expect(question).toBeInstanceOf(Promise)
    expect(changes.refresh(false)).toBe(question)
    await question
    expect(changes.refresh(false)).toBeUndefined()
    expect(changes.refresh(true)).toBeInstanceOf(Promise)
  })

  it('are asked for at once after a notification of another', async () => {
    const url = await testDatabase()
    const { changes } = await databaseAt({ url, staleMs: NEVER_STALE_MS })
    const source = await PostgresSource.open({ url })
    expect(changes.refresh(false)).toBeUndefined()
    await source.insert([documentOf('p', '1.0.0')], [])
    await expect.poll(() => isAsking(() => changes.refresh(false))).toBe(true)
    await source.close()
  })

  it('are found within the bound where all notifications are dropped', async () => {
    const url = await testDatabase()
    const proxy = await cutProxy(url)
    const { changes } = await databaseAt({ url: proxy.url, staleMs: 100 })
    proxy.dropNotifications()
    const source = await PostgresSource.open({ url })
    const seen: SourceReport[] = []
    changes.listen((events) => seen.push(...events))
    const end = changes.follow()
    for (let patch = 0; patch < 5; patch++) {
      await source.insert([documentOf('p', `1.0.${patch}`)], [])
      const acknowledgedMs = performance.now()
      const wait = 101 - (performance.now() - acknowledgedMs)
      await new Promise((resolve) => setTimeout(resolve, wait))
      await changes.refresh(false)
      expect(seen.map(labelOf)).toContain(`save p 1.0.${patch}`)
    }
    end()
    await source.close()
  })

  it('may be anything after the connection was lost', async () => {
    const server = await startPostgres()
    const { changes } = await databaseAt({
      url: server.url(),
      staleMs: NEVER_STALE_MS,
      connectTimeoutMs: 60_000,
    })
    const seen: SourceReport[] = []
    changes.listen((events) => seen.push(...events))
    await server.restart()
    await expect.poll(() => isAsking(() => changes.refresh(false))).toBe(true)
    await changes.refresh(true)
    expect(seen).toEqual([{ kind: 'reset' }])
    await server.stop()
  })

  it('may be anything where the commits in between were pruned', async () => {
    // A server of its own: what is open anywhere in it keeps commits from being pruned.
    const url = (await startPostgres()).url()
    const { changes, connections, statements } = await databaseAt({ url })
    const source = await PostgresSource.open({ url })
    const seen: SourceReport[] = []
    changes.listen((events) => seen.push(...events))
    for (let patch = 0; patch < 5; patch++)
      await source.insert([documentOf('p', `1.0.${patch}`)], [])
    const prune = async (kept: number): Promise<void> => {
      await connections.use(async (client) => {
        await client.query({ ...statements.prune, values: [kept] })
      })
    }
    await prune(10)
    await changes.refresh(true)
    expect(seen.map(labelOf)).toHaveLength(5)
    await source.insert([documentOf('q', '1.0.0')], [])
    await source.insert([documentOf('q', '2.0.0')], [])
    await prune(0)
    await changes.refresh(true)
    expect(seen.slice(5)).toEqual([{ kind: 'reset' }])
    expect(changes.horizon).toBeGreaterThan(0n)
    await source.close()
  })
})

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('A program', () => {
  it('that has nothing left but the end of a connection waits for it', async () => {
    const url = await testDatabase()
    const program = `
      import { PostgresStorage } from '${new URL('../../../dist/postgres/index.js', import.meta.url).href}'
      const storage = await PostgresStorage.open({ url: '${url}' })
      await storage.listVersionNames('p')
      await storage.close()
      console.log('closed')`
    const args = ['--input-type=module', '--eval', program]
    // A top-level await that is never settled ends a program with the status 13.
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout).toBe('closed\n')
  })
})

/** Whether an answer from memory has to wait for a question. */
function isAsking(refresh: () => Promise<void> | undefined): boolean {
  const question = refresh()
  question?.catch(() => undefined)
  return question !== undefined
}

function labelOf(event: SourceReport): string {
  if (event.kind === 'reset' || event.kind === 'expired') return event.kind
  return event.kind === 'head'
    ? `head ${event.promptId}`
    : `${event.kind} ${event.promptId} ${event.version}`
}
