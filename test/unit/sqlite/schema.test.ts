import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  APPLICATION_ID,
  checkSchemaVersion,
  failureOfRefusal,
  prepareSchema,
  probeSchema,
  SCHEMA_VERSION,
} from '../../../src/sqlite/schema.js'
import { pragma } from '../../../src/sqlite/statements.js'
import { connect, settingsFor, testDriver, testFile } from './support.js'

const refusedAs = (call: () => void): unknown => {
  try {
    call()
  } catch (error) {
    return failureOfRefusal(error) ?? error
  }
  return undefined
}

describe('prepareSchema', () => {
  it('marks an empty file as a store, whose commits go to a log', async () => {
    const file = await testFile()
    const connection = await connect(file)
    prepareSchema(connection, settingsFor(file))
    prepareSchema(connection, settingsFor(file))
    expect(pragma(connection, 'application_id')).toBe(APPLICATION_ID)
    expect(pragma(connection, 'user_version')).toBe(SCHEMA_VERSION)
    expect(connection.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  })

  it('makes none of a file that may not become a store', async () => {
    const file = await testFile()
    const connection = await connect(file)
    for (const rules of [{ create: false }, { readOnly: true }])
      expect(refusedAs(() => prepareSchema(connection, settingsFor(file, rules)))).toMatchObject({
        code: 'FS-FORMAT-001',
        message: /is not a store yet/,
      })
  })

  it('refuses the database of another application, and leaves it as it is', async () => {
    const file = await testFile()
    const owner = await connect(file)
    owner.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)')
    const before = await readFile(file)
    const log = await readFile(`${file}-wal`)
    const settings = settingsFor(file)
    const driver = await testDriver()
    for (const call of [
      () => probeSchema(driver, settings),
      () => prepareSchema(driver.open(file, true), settings),
    ])
      expect(refusedAs(call)).toMatchObject({
        code: 'FS-FORMAT-001',
        message: /is the database of another application; it was not changed/,
        context: { path: file, holds: 'another application' },
      })
    expect((await readFile(file)).equals(before)).toBe(true)
    expect((await readFile(`${file}-wal`)).equals(log)).toBe(true)
  })

  it('refuses a newer schema', async () => {
    const file = await testFile()
    const connection = await connect(file)
    prepareSchema(connection, settingsFor(file))
    connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    expect(refusedAs(() => prepareSchema(connection, settingsFor(file)))).toMatchObject({
      code: 'FS-FORMAT-001',
      message: /has the schema 2, and this program knows those up to 1; use a later version/,
      context: { format_version: SCHEMA_VERSION + 1 },
    })
  })
})

describe('probeSchema', () => {
  it('makes no file', async () => {
    const file = await testFile()
    probeSchema(await testDriver(), settingsFor(file))
    expect(await readdir(dirname(file))).toEqual([])
  })

  it('refuses a missing file that may not be made', async () => {
    const file = await testFile()
    const driver = await testDriver()
    expect(
      refusedAs(() => probeSchema(driver, settingsFor(file, { create: false }))),
    ).toMatchObject({ code: 'FS-FORMAT-001' })
    expect(await readdir(dirname(file))).toEqual([])
  })

  it('leaves a file that is not a database to the connection that reports it', async () => {
    const file = await testFile()
    await writeFile(file, 'a text of another program, longer than a header. '.repeat(20))
    const driver = await testDriver()
    expect(() => probeSchema(driver, settingsFor(file))).not.toThrow()
    expect(() => driver.open(file, false).exec('PRAGMA user_version')).toThrow(/not a database/)
  })
})

describe('checkSchemaVersion', () => {
  it('accepts those that this program knows', () => {
    expect(refusedAs(() => checkSchemaVersion(SCHEMA_VERSION, 'a.db'))).toBeUndefined()
    expect(failureOfRefusal(new Error('another'))).toBeUndefined()
  })
})
