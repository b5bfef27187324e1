import { describe, expect, it } from 'vitest'
import { isBusy, loadDriver, sqliteCode } from '../../../src/sqlite/driver.js'
import { connect, testFile } from './support.js'

const hasNodeSqlite = Number(process.versions.node.split('.')[0]) >= 24

describe('loadDriver', () => {
  it('takes better-sqlite3 where it is installed', async () => {
    expect((await loadDriver(undefined))?.name).toBe('better-sqlite3')
    expect((await loadDriver('better-sqlite3'))?.name).toBe('better-sqlite3')
  })

  it('has node:sqlite exactly where Node has it', async () => {
    const driver = await loadDriver('node')
    if (hasNodeSqlite) expect(driver?.name).toBe('node')
    else if (process.versions.node.startsWith('20.')) expect(driver).toBeUndefined()
  })

  it('opens connections that read and write', async () => {
    const connection = await connect(await testFile())
    connection.exec('CREATE TABLE t (a, b)')
    connection.prepare('INSERT INTO t VALUES (?, ?)').run('x', new Uint8Array([1, 2]))
    expect(connection.prepare('SELECT a FROM t').get()).toEqual({ a: 'x' })
    expect(connection.prepare('SELECT b FROM t WHERE a = ?').all('x')).toEqual([
      { b: Buffer.from([1, 2]) },
    ])
    expect(connection.prepare('SELECT a FROM t WHERE a = ?').get('y')).toBeUndefined()
  })

  it('opens connections that only read', async () => {
    const file = await testFile()
    ;(await connect(file)).exec('CREATE TABLE t (a)')
    const reader = await connect(file, true)
    expect(() => reader.exec('INSERT INTO t VALUES (1)')).toThrow(/readonly/)
  })

  it('opens connections that wait for no lock', async () => {
    const file = await testFile()
    const [one, other] = [await connect(file), await connect(file)]
    one.exec('BEGIN IMMEDIATE')
    let thrown: unknown
    try {
      other.exec('BEGIN IMMEDIATE')
    } catch (error) {
      thrown = error
    }
    expect(isBusy(thrown)).toBe(true)
  })
})

describe('sqliteCode', () => {
  it.each([
    [{ code: 'SQLITE_IOERR_WRITE' }, 'SQLITE_IOERR'],
    [{ code: 'SQLITE_FULL' }, 'SQLITE_FULL'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, 'SQLITE_FULL'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 10 + 256 * 3 }, 'SQLITE_IOERR'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 1 }, 'SQLITE_ERROR'],
    [{ code: 'ENOENT' }, undefined],
    ['text', undefined],
  ])('of %o is %s', (fields, code) => {
    const error = typeof fields === 'string' ? fields : Object.assign(new Error('failed'), fields)
    expect(sqliteCode(error)).toBe(code)
  })
})
