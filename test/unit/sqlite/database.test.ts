import { onTestFinished, describe, expect, it } from 'vitest'
import { Database, TRY_ALONE, type Group } from '../../../src/sqlite/database.js'
import { isBusy } from '../../../src/sqlite/driver.js'
import type { Ask, DatabaseSettings } from '../../../src/sqlite/messages.js'
import { SCHEMA_VERSION } from '../../../src/sqlite/schema.js'
import { connect, documentRow, settingsFor, testDriver, testFile } from './support.js'

async function open(file: string, changes: Partial<DatabaseSettings> = {}): Promise<Database> {
  const database = Database.open(await testDriver(), settingsFor(file, changes))
  onTestFinished(() => database.close())
  return database
}

const insert = (version: string, text?: string): Ask<'insert'> => ({
  op: 'insert',
  documents: [documentRow('p', version, text)],
  present: [],
})

describe('Database', () => {
  it('commits the calls of a group together, and answers each by itself', async () => {
    const file = await testFile()
    const [database, other] = [await open(file), await open(file)]
    const { outcomes, events } = database.commit([
      insert('1.0.0', '{"first":1}'),
      insert('1.0.0', '{"second":1}'),
      insert('1.0.1'),
    ]) as Group
    expect(outcomes).toMatchObject([
      { answer: undefined },
      { answer: { kind: 'taken', documents: [{ bytes: Buffer.from('{"first":1}') }] } },
      { answer: undefined },
    ])
    expect(events).toEqual([
      { kind: 'save', promptId: 'p', version: '1.0.0' },
      { kind: 'save', promptId: 'p', version: '1.0.1' },
    ])
    expect(other.unseen()).toEqual(events)
    expect(other.read({ op: 'names', promptId: 'p' })).toEqual(['1.0.0', '1.0.1'])
    expect(database.sqliteVersion).toMatch(/^3\./)
  })

  it('changes nothing for a group of which one call fails, which may be tried alone', async () => {
    const database = await open(await testFile())
    const broken = { op: 'insert', documents: [{ ...documentRow('p', '1.0.1'), promptId: null }] }
    const asks = [insert('1.0.0'), { ...broken, present: [] } as never]
    expect(database.commit(asks)).toBe(TRY_ALONE)
    expect(database.read({ op: 'ids' })).toEqual([])
    expect(database.commit([asks[1] as never])).toMatchObject({
      outcomes: [{ failure: { code: 'FS-SAVE-001', cause: { code: 'SQLITE_CONSTRAINT' } } }],
      events: [],
    })
    expect(database.commit([insert('1.0.0')])).toMatchObject({ outcomes: [{ answer: undefined }] })
  })

  it('throws, and has done nothing, while another connection writes', async () => {
    const file = await testFile()
    const database = await open(file)
    const other = await connect(file)
    other.exec('BEGIN IMMEDIATE')
    let thrown: unknown
    try {
      database.commit([insert('1.0.0')])
    } catch (error) {
      thrown = error
    }
    expect(isBusy(thrown)).toBe(true)
    other.exec('COMMIT')
    expect(database.commit([insert('1.0.0')])).toMatchObject({ outcomes: [{ answer: undefined }] })
  })

  it('refuses to write once another process has brought a newer schema', async () => {
    const file = await testFile()
    const database = await open(file)
    ;(await connect(file)).exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    expect(database.commit([insert('1.0.0')])).toMatchObject({
      outcomes: [{ failure: { code: 'FS-FORMAT-001' } }],
    })
  })

  it('flushes each commit before it returns', async () => {
    const file = await testFile()
    await open(file)
    const statements: string[] = []
    const driver = await testDriver()
    Database.open(
      {
        name: driver.name,
        open: (path, readOnly) => {
          const connection = driver.open(path, readOnly)
          const exec = (sql: string): unknown => {
            statements.push(sql)
            return connection.exec(sql)
          }
          return {
            exec,
            prepare: (sql) => connection.prepare(sql),
            close: () => connection.close(),
          }
        },
      },
      settingsFor(file),
    ).close()
    expect(statements).toEqual(
      expect.arrayContaining([
        'PRAGMA synchronous = FULL',
        'PRAGMA foreign_keys = ON',
        'PRAGMA journal_mode = WAL',
      ]),
    )
  })
})
