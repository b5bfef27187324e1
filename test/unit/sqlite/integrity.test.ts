import { describe, expect, it, onTestFinished } from 'vitest'
import { checkDatabase } from '../../../src/sqlite/integrity.js'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { WorkerClient } from '../../../src/sqlite/worker-client.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { connect, damageVersions, settingsFor, testFile } from './support.js'

describe('checkDatabase', () => {
  it('reads every document, and names those that are not what was saved', async () => {
    const file = await testFile()
    await using storage = await SqliteStorage.open({ file })
    const versions = Array.from({ length: 130 }, (_, at) => sampleVersion('p', `1.0.${at}`))
    await storage.saveVersions(versions)
    const client = await WorkerClient.open(settingsFor(file, { readOnly: true }))
    onTestFinished(async () => await client.close())
    const sound = await checkDatabase(client, 'sqlite:a.db')
    expect(sound).toEqual({ ok: true, documents: 130, problems: [] })
    const connection = await connect(file)
    connection.exec(
      "UPDATE versions SET document = replace(document, '🙂', ':)') WHERE version = '1.0.7'",
    )
    connection.exec("UPDATE versions SET version = '2.0.0' WHERE version = '1.0.9'")
    expect(await checkDatabase(client, 'sqlite:a.db')).toEqual({
      ok: false,
      documents: 130,
      problems: [
        {
          kind: 'document',
          prompt_id: 'p',
          version: '1.0.7',
          message: expect.stringMatching(/sqlite:a.db: p\/1.0.7.*checksum/) as string,
        },
        {
          kind: 'document',
          prompt_id: 'p',
          version: '2.0.0',
          message: expect.stringContaining('2.0.0') as string,
        },
      ],
    })
  })

  it('reports what SQLite finds wrong with its file', async () => {
    const file = await testFile()
    await (await SqliteStorage.open({ file })).close()
    await damageVersions(file)
    const client = await WorkerClient.open(settingsFor(file, { readOnly: true }))
    onTestFinished(async () => await client.close())
    const { ok, problems } = await checkDatabase(client, 'sqlite:a.db')
    expect(ok).toBe(false)
    expect(problems[0]).toMatchObject({ kind: 'database' })
  })
})
