import { describe, expect, it } from 'vitest'
import { pragma, rollBack, Statements } from '../../../src/sqlite/statements.js'
import { connect, openTables, testFile } from './support.js'

describe('Statements', () => {
  it('compile each text once', async () => {
    const connection = await connect(await testFile())
    let compiled = 0
    const statements = new Statements({
      exec: (sql) => connection.exec(sql),
      close: () => connection.close(),
      prepare: (sql) => {
        compiled++
        return connection.prepare(sql)
      },
    })
    for (const number of [1, 2, 3])
      expect(statements.get('SELECT ? AS number', number)).toEqual({ number })
    expect(compiled).toBe(1)
  })

  it('read together as of one moment', async () => {
    const file = await testFile()
    const [{ statements }, { statements: others }] = [
      await openTables(file),
      await openTables(file),
    ]
    const count = (): unknown => statements.get('SELECT count(*) AS n FROM facts')?.['n']
    const seen = statements.together(() => {
      const before = count()
      others.run("INSERT INTO facts VALUES ('a', 'b')")
      return [before, count()]
    })
    expect(seen).toEqual([0, 0])
    expect(count()).toBe(1)
  })

  it('end the transaction of a read that fails', async () => {
    const { statements } = await openTables(await testFile())
    expect(() => statements.together(() => statements.get('SELECT x FROM facts'))).toThrow(/x/)
    expect(statements.together(() => 1)).toBe(1)
  })
})

describe('rollBack', () => {
  it('undoes the transaction, and is content with none', async () => {
    const connection = await connect(await testFile())
    connection.exec('BEGIN; PRAGMA user_version = 5')
    rollBack(connection)
    rollBack(connection)
    expect(pragma(connection, 'user_version')).toBe(0)
  })
})
