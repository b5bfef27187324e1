import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../../support/postgres.js'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

/** The URL of a store of each kind with one version of a user. */
const KINDS: Readonly<Record<string, () => Promise<string>>> = {
  files: async () => `file:${await tempDirectory()}`,
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
}

describe('holdfast smoke', () => {
  it.each(Object.entries(KINDS))(
    'saves, reads, labels and deletes in a store of %s, again and again',
    async (_kind, newStore) => {
      const env = { HOLDFAST_STORE: await newStore() }
      await holdfast(['save'], { env, input: document('mine', '1.0.0', 'Mine') })
      for (const _ of [1, 2]) {
        const { code, document: report } = await holdfastJson(['smoke'], { env })
        expect(code).toBe(0)
        expect(report).toMatchObject({ ok: true, prompt_id: 'holdfast-smoke' })
        const { steps } = report as { readonly steps: readonly { readonly step: string }[] }
        expect(steps.map(({ step }) => step)).toEqual([
          'save a version',
          'read it',
          'save the next version',
          'set a label',
          'read by the label',
          'list the versions',
          'remove the label',
          'delete both versions',
          'read nothing',
        ])
      }
      expect((await holdfast(['ids'], { env })).stdout).toBe('mine\n')
      expect((await holdfast(['label', 'ls', 'holdfast-smoke'], { env })).stdout).not.toContain(
        'smoke-',
      )
    },
  )

  it('tells the time of each step, and leaves the versions of others alone', async () => {
    const dir = await filled()
    const { code, stdout, stderr } = await holdfast([
      'smoke',
      '--prompt-id',
      'Greeting',
      '--dir',
      dir,
    ])
    expect([code, stderr]).toEqual([0, 'The store works\n'])
    expect(stdout).toMatch(/read by the label +│ +\d+\.\d/)
    const { stdout: names } = await holdfast(['list', 'Greeting', '--json', '--dir', dir])
    const { versions } = JSON.parse(names) as { versions: readonly { version: string }[] }
    expect(versions.map(({ version }) => version).toSorted()).toEqual([
      '1.0.0',
      '1.0.1',
      '1.1.0',
      '2.0.0',
    ])
  })

  it('ends with the status of the step that failed, and names it', async () => {
    const dir = await filled()
    const refused = await holdfast(['smoke', '--read-only', '--dir', dir])
    expect(refused.code).toBe(10)
    expect(refused.stderr).toContain('warning Failed to save a version')
    expect(refused.stderr).toContain('error FS-READONLY-001')
    const { code, document: report } = await holdfastJson(['smoke', '--read-only', '--dir', dir])
    expect([code, report]).toMatchObject([10, { error: { code: 'FS-READONLY-001' } }])
    const missing = await holdfast(['smoke', '--dir', join(dir, 'missing')])
    expect(missing.code).toBe(3)
  })

  it('shares the store with a process that has it open', async () => {
    const dir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir: dir })
    await storage.saveVersion(JSON.parse(document('mine', '1.0.0')))
    expect((await holdfast(['smoke', '--dir', dir])).code).toBe(0)
    const left: string[] = []
    for await (const id of storage.promptIds()) left.push(id)
    expect(left).toEqual(['mine'])
  })
})
