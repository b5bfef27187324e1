import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { GroupedGets } from '../../../src/sqlite/grouped-gets.js'
import { WorkerClient } from '../../../src/sqlite/worker-client.js'
import { connect, documentRow, settingsFor, testFile } from './support.js'

async function filled(): Promise<{ client: WorkerClient; file: string }> {
  const file = await testFile()
  const client = await WorkerClient.open(settingsFor(file))
  onTestFinished(async () => await client.close())
  const documents = ['p', 'q'].flatMap((promptId) =>
    Array.from({ length: 70 }, (_, at) =>
      documentRow(promptId, `1.0.${at}`, `{"of":"${promptId} ${at}"}`),
    ),
  )
  await client.call('insert', { documents, present: [] })
  return { client, file }
}

describe('reads of many callers', () => {
  it('share questions, and each gets its own documents', async () => {
    const { client } = await filled()
    const asked = vi.spyOn(client, 'call')
    const gets = new GroupedGets(client)
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, at) => {
        const promptId = at % 2 === 0 ? 'p' : 'q'
        const documents = await gets.get(promptId, [`1.0.${at}`, 'none', '1.0.0'])
        return documents.map(({ bytes }) => new TextDecoder().decode(bytes))
      }),
    )
    for (const [at, texts] of answers.entries()) {
      const promptId = at % 2 === 0 ? 'p' : 'q'
      expect(texts).toEqual([`{"of":"${promptId} ${at}"}`, `{"of":"${promptId} 0"}`])
    }
    expect(asked.mock.calls.length).toBeLessThan(8)
  })

  it('are not divided: one that asks for many documents gets them all', async () => {
    const { client } = await filled()
    const all = Array.from({ length: 70 }, (_, at) => `1.0.${at}`)
    const documents = await new GroupedGets(client).get('p', all)
    expect(documents.map(({ version }) => version)).toEqual(all)
  })

  it('all fail where the database does', async () => {
    const { client, file } = await filled()
    ;(await connect(file)).exec('DROP TABLE versions')
    const gets = new GroupedGets(client)
    const answers = ['1.0.0', '1.0.1', '1.0.2'].map(async (each) => await gets.get('p', [each]))
    for (const answer of answers)
      await expect(answer).rejects.toMatchObject({ code: 'FS-LOAD-002' })
  })
})
