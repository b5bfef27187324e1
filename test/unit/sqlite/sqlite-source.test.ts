import { describe, expect, it, onTestFinished } from 'vitest'
import {
  resolveSqliteOptions,
  type SqliteStorageOptions,
} from '../../../src/sqlite/sqlite-options.js'
import { SqliteSource } from '../../../src/sqlite/sqlite-source.js'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'
import type {
  NewDocument,
  SourceChange,
  SourceReport,
} from '../../../src/versions/source/document-source.js'
import { connect, testFile } from './support.js'

async function open(file: string, options: Partial<SqliteStorageOptions> = {}) {
  const { database } = resolveSqliteOptions({ file, ...options })
  const source = await SqliteSource.open(database)
  onTestFinished(async () => await source.close())
  const events: SourceReport[] = []
  source.listen((some) => void events.push(...some))
  return { source, events }
}

const documentOf = (version: string): NewDocument => ({
  promptId: 'p',
  version,
  encode: () => new TextEncoder().encode(`{"v":"${version}"}`),
})

function headChange(tag: string, view: SourceChange['view']): SourceChange {
  const head = { ...NO_HEAD, tags: { '1.0.0': [tag] } }
  return { view, save: [], delete: [], head, moves: [], requires: [], isDeletion: false }
}

describe('SqliteSource', () => {
  it('names its place, and shows commits of others to the next call', async () => {
    const file = await testFile()
    const [one, other] = [await open(file), await open(file)]
    expect(one.source.place).toBe(`sqlite:${file}`)
    expect(one.source.coherence).toBe('nextCall')
    await one.source.insert([documentOf('1.0.0')], [])
    expect(one.events).toEqual([{ kind: 'save', promptId: 'p', version: '1.0.0' }])
    await other.source.refresh()
    expect(other.events).toEqual(one.events)
    await one.source.clear()
    await other.source.refresh()
    expect(other.events.at(-1)).toEqual({ kind: 'reset' })
    expect((await other.source.knownSince())?.reason).toBe('cleared')
  })

  it('asks once for calls of the same moment, and again for the next', async () => {
    const { source } = await open(await testFile())
    const [first, second] = [source.refresh(), source.refresh()]
    expect(second).toBe(first)
    await first
    expect(source.refresh()).not.toBe(first)
  })

  it('plans again with what there is now when another handle has changed the head', async () => {
    const file = await testFile()
    const [one, other] = [await open(file), await open(file)]
    const seen: unknown[] = []
    await one.source.transact(['p'], async ([view]) => {
      seen.push(view?.head?.tags)
      if (seen.length === 1)
        await other.source.transact(['p'], async ([theirs]) => [
          headChange('theirs', theirs as never),
        ])
      return [headChange('own', view as never)]
    })
    expect(seen).toEqual([undefined, { '1.0.0': ['theirs'] }])
    expect((await other.source.head('p'))?.tags).toEqual({ '1.0.0': ['own'] })
  })

  it('ends a transaction with a code when others have changed its prompt before each of its commits', async () => {
    const file = await testFile()
    const [one, other] = [await open(file, { lockTimeoutMs: 1 }), await open(file)]
    let plans = 0
    const losing = one.source.transact(['p'], async ([view]) => {
      const tag = `theirs ${++plans}`
      await other.source.transact(['p'], async ([theirs]) => [headChange(tag, theirs as never)])
      return [headChange('own', view as never)]
    })
    await expect(losing).rejects.toMatchObject({
      code: 'FS-LOCK-001',
      context: { reason: 'contention', outcome: 'none', prompt_id: 'p' },
    })
    expect(plans).toBe(10)
    expect((await one.source.head('p'))?.tags).toEqual({ '1.0.0': ['theirs 10'] })
  })

  it('lets transactions of one handle over one prompt wait for each other', async () => {
    const { source } = await open(await testFile())
    let plans = 0
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        await source.transact(['p'], async ([view]) => {
          plans++
          return [headChange(String(at), view as never)]
        })
      }),
    )
    expect(plans).toBe(20)
  })

  it('throws what a plan throws, and has changed nothing', async () => {
    const { source, events } = await open(await testFile())
    const failing = source.transact(['p'], () => Promise.reject(new RangeError('no')))
    await expect(failing).rejects.toThrow('no')
    expect(events).toEqual([])
  })

  it('reports commits of others without being asked while it follows', async () => {
    const file = await testFile()
    const [one, other] = [await open(file), await open(file, { pollIntervalMs: 1 })]
    const end = other.source.follow()
    await one.source.insert([documentOf('1.0.0')], [])
    await expect.poll(() => other.events.length).toBe(1)
    end()
  })

  it('reports a head or a history that no writer has made as damaged', async () => {
    const file = await testFile()
    const { source } = await open(file)
    const connection = await connect(file)
    connection.exec(`INSERT INTO heads VALUES ('p', 1, '{"labels":')`)
    connection.exec(`INSERT INTO history VALUES ('p', 1, '{"label":1}')`)
    const damaged = { code: 'FS-LOAD-001', context: { path: file, prompt_id: 'p' } }
    await expect(source.head('p')).rejects.toMatchObject(damaged)
    await expect(source.past('p')).rejects.toMatchObject(damaged)
  })

  it('refuses changes when it is open for reading', async () => {
    const file = await testFile()
    await (await open(file)).source.insert([documentOf('1.0.0')], [])
    const { source } = await open(file, { readOnly: true })
    expect(await source.names('p')).toEqual(['1.0.0'])
    const refused = { code: 'FS-READONLY-001', context: { path: file } }
    await expect(source.insert([documentOf('1.0.1')], [])).rejects.toMatchObject(refused)
    await expect(source.clear()).rejects.toMatchObject(refused)
    const planned = source.transact(['p'], async ([view]) => [headChange('a', view as never)])
    await expect(planned).rejects.toMatchObject(refused)
    await source.transact(['p'], async () => [])
  })
})
