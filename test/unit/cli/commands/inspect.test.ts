import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

async function storeOf(...documents: readonly string[]): Promise<string> {
  const dir = await tempDirectory()
  for (const input of documents) await holdfast(['save', '--dir', dir], { input })
  return dir
}

describe('holdfast delete', () => {
  it('deletes a version that it is told to, for good', async () => {
    const dir = await storeOf(document('p', '1.0.0'), document('p', '1.0.1'))
    const { code, document: report } = await holdfastJson([
      'delete',
      'p',
      '1.0.1',
      '--yes',
      '--dir',
      dir,
    ])
    expect(code).toBe(0)
    expect(report).toEqual({ prompt_id: 'p', version: '1.0.1', deleted: true, trashed: false })
    await expect(access(join(dir, 'p', '1.0.1.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect((await holdfast(['latest', 'p', '--dir', dir])).stdout).toBe('1.0.0\n')
    expect((await holdfast(['restore', 'p', '1.0.1', '--dir', dir])).code).toBe(3)
  })

  it('needs --yes where no user can be asked, and deletes nothing without it', async () => {
    const dir = await storeOf(document('p', '1.0.0'))
    const { code, stderr } = await holdfast(['delete', 'p', '1.0.0', '--dir', dir])
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect((await holdfast(['get', 'p', '1.0.0', '--dir', dir])).code).toBe(0)
  })

  it('ends with 3 when there is nothing to delete', async () => {
    const dir = await storeOf(document('p', '1.0.0'))
    expect((await holdfast(['delete', 'p', '2.0.0', '--yes', '--dir', dir])).code).toBe(3)
  })
})

describe('holdfast restore', () => {
  it('brings back what went to the trash, byte for byte', async () => {
    const dir = await storeOf(document('p', '1.0.0', 'kept'))
    const file = join(dir, 'p', '1.0.0.json')
    const before = await readFile(file)
    const deleted = await holdfastJson(['delete', 'p', '1.0.0', '--yes', '--trash', '--dir', dir])
    expect(deleted.document).toMatchObject({ trashed: true })
    expect((await holdfast(['get', 'p', '--dir', dir])).code).toBe(3)
    const restored = await holdfastJson(['restore', 'p', '1.0.0', '--dir', dir])
    expect(restored).toEqual({
      code: 0,
      document: { prompt_id: 'p', version: '1.0.0', restored: true },
    })
    expect(await readFile(file)).toEqual(before)
    expect((await holdfast(['restore', 'p', '1.0.0', '--dir', dir])).code).toBe(3)
  })

  it('ends with 4 when the version has been created again meanwhile', async () => {
    const dir = await storeOf(document('p', '1.0.0', 'old'))
    await holdfast(['delete', 'p', '1.0.0', '--yes', '--trash', '--dir', dir])
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0', 'new') })
    expect((await holdfast(['restore', 'p', '1.0.0', '--dir', dir])).code).toBe(4)
    expect((await holdfast(['get', 'p', '--text', '--dir', dir])).stdout).toBe('new')
  })
})

describe('the schema of a store', () => {
  it('is told by stats and doctor, and by verify with how many documents are of which version', async () => {
    const dir = await storeOf(document('p', '1.0.0'))
    const facts = async (command: string): Promise<unknown> =>
      (await holdfastJson([command, '--dir', dir])).document
    expect(await facts('stats')).toMatchObject({ schema: null })
    const info = { name: 'prompts', version: 2 }
    await using storage = await FileSystemStorage.open({ storageDir: dir, schemaInfo: info })
    await storage.saveVersion(JSON.parse(document('p', '1.0.1')))
    await storage.close()
    expect(await facts('stats')).toMatchObject({ schema: info })
    expect(await facts('doctor')).toMatchObject({ schema: info })
    expect((await holdfast(['stats', '--dir', dir])).stdout).toMatch(/schema name +│ prompts/)
    const { code, stderr } = await holdfast(['verify', '--dir', dir])
    expect(code).toBe(0)
    expect(stderr).toContain('Documents by their schema: 1 of version 1, 1 of version 2')
    const { document: report } = await holdfastJson(['verify', '--dir', dir])
    expect(report).toMatchObject({ schema_versions: { '1': 1, '2': 1 } })
  })

  it('is checked by verify --validate, of sound documents, too', async () => {
    const dir = await storeOf(document('p', '1.0.0'))
    const schema = z.looseObject({ prompt_id: z.string(), version: z.string() })
    await using storage = await FileSystemStorage.open({ storageDir: dir, schema })
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.1' })
    await storage.close()
    expect((await holdfast(['verify', '--dir', dir])).code).toBe(0)
    const validated = await holdfastJson(['verify', '--validate', '--repair', '--dir', dir])
    expect(validated.code).toBe(5)
    expect(validated.document).toMatchObject({
      findings: [{ kind: 'schema', path: 'p/1.0.1.json', repaired: false }],
    })
    expect((await holdfast(['get', 'p', '1.0.1', '--dir', dir])).code).toBe(0)
  })
})

describe('the findings of doctor', () => {
  it('come with a remedy, whose command works when it is pasted', async () => {
    const dir = await storeOf(document('pay', '1.0.0'), document('p\u0430y', '1.0.0'))
    await mkdir(join(dir, '.quarantine'))
    await writeFile(join(dir, '.quarantine', 'x'), '')
    const { document: report } = await holdfastJson(['doctor', '--portable', '--dir', dir])
    const { findings, problems } = report as {
      readonly problems: readonly string[]
      readonly findings: readonly {
        readonly kind: string
        readonly message: string
        readonly command: string
      }[]
    }
    expect(findings.map(({ message }) => message)).toEqual(problems)
    const kinds = new Set(findings.map(({ kind }) => kind))
    expect([...kinds]).toEqual(
      expect.arrayContaining(['portable-disk', 'quarantine', 'look-alikes']),
    )
    const { stderr } = await holdfast(['doctor', '--portable', '--dir', dir])
    for (const { command } of findings) {
      expect(stderr).toContain(`:\n  ${command}\n`)
      const [name, ...args] = command.split(' ')
      expect(name).toBe('holdfast')
      expect((await holdfast(args)).code, command).toBe(0)
    }
  })
})

describe('holdfast verify', () => {
  it('finds nothing in a sound store', async () => {
    const dir = await storeOf(document('p', '1.0.0'), document('q', '1.0.0'))
    const { code, document: report } = await holdfastJson(['verify', '--dir', dir])
    expect(code).toBe(0)
    expect(report).toMatchObject({ checked: 2, findings: [] })
  })

  it('ends with 5 for a damaged file and names it', async () => {
    const dir = await storeOf(document('p', '1.0.0', 'the true text'))
    const file = join(dir, 'p', '1.0.0.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('true', 'fake'))
    const { code, document: report } = await holdfastJson(['verify', '--dir', dir])
    expect(code).toBe(5)
    expect(report).toMatchObject({
      findings: [
        {
          kind: 'checksum-mismatch',
          path: expect.stringContaining('p/1.0.0.json'),
          repaired: false,
        },
      ],
    })
    const human = await holdfast(['verify', '--dir', dir])
    expect(human.stdout).toContain('checksum-mismatch')
    expect((await holdfast(['get', 'p', '--dir', dir])).code).toBe(5)
    const { document: list } = await holdfastJson(['list', 'p', '--dir', dir])
    expect(list).toMatchObject({ versions: [{ version: '1.0.0', damaged: true }] })
  })

  it('repairs what can be repaired: the store is sound afterwards', async () => {
    const dir = await storeOf(document('p', '1.0.0'), document('p', '1.0.1'))
    await writeFile(join(dir, 'p', '1.0.1.json'), 'no JSON at all')
    await holdfast(['verify', '--repair', '--dir', dir])
    expect((await holdfast(['verify', '--dir', dir])).code).toBe(0)
    expect((await holdfast(['latest', 'p', '--dir', dir])).stdout).toBe('1.0.0\n')
  })
})

describe('holdfast reindex', () => {
  it('puts aside more than ten damaged files only with --yes', async () => {
    const dir = await storeOf(
      ...Array.from({ length: 11 }, (_, patch) => document('p', `1.0.${patch}`)),
    )
    for (let patch = 0; patch < 11; patch++)
      await writeFile(join(dir, 'p', `1.0.${patch}.json`), '{')
    const repair = ['verify', '--repair', '--dir', dir]
    const held = await holdfast(repair)
    expect([held.code, held.stderr]).toEqual([5, expect.stringContaining('repeat with --yes')])
    await expect(access(join(dir, '.quarantine'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect((await holdfast([...repair, '--yes'])).code).toBe(0)
    expect(await readdir(join(dir, '.quarantine', 'p'))).toHaveLength(11)
  })

  it('ends with 9 for a file that is missing, until that is accepted', async () => {
    const dir = await storeOf(document('p', '1.0.0'), document('p', '1.0.1'))
    await rm(join(dir, 'p', '1.0.1.json'))
    const verify = ['verify', '--dir', dir]
    const missing = await holdfast(verify)
    expect([missing.code, missing.stdout]).toEqual([9, expect.stringContaining('p/1.0.1.json')])
    await holdfast([...verify, '--accept'])
    expect((await holdfast(verify)).code).toBe(0)
  })

  it('rebuilds the index from the files', async () => {
    const dir = await storeOf(
      document('p', '1.0.0'),
      document('p', '1.0.1'),
      document('q', '1.0.0'),
    )
    await rm(join(dir, '.index.json'), { force: true })
    const { code, document: report } = await holdfastJson(['reindex', '--dir', dir])
    expect([code, report]).toEqual([0, { prompts: 2, versions: 3 }])
    const human = await holdfast(['reindex', '--dir', dir])
    expect(human.stderr).toContain('The index holds 3 versions of 2 prompts')
  })
})

describe('holdfast stats and doctor', () => {
  it.each(['stats', 'doctor'])('%s prints facts, for people and for programs', async (command) => {
    const dir = await storeOf(document('p', '1.0.0'))
    const human = await holdfast([command, '--dir', dir])
    expect(human.code).toBe(0)
    expect(human.stdout).toContain('│ Fact')
    const { code, document: facts } = await holdfastJson([command, '--dir', dir])
    expect(code).toBe(0)
    expect(Object.keys(facts as object).length).toBeGreaterThan(3)
  })

  it('stats counts prompts and versions', async () => {
    const dir = await storeOf(
      document('p', '1.0.0'),
      document('p', '1.0.1'),
      document('q', '1.0.0'),
    )
    const { document: stats } = await holdfastJson(['stats', '--dir', dir])
    expect(stats).toMatchObject({ total_prompts: 2, total_versions: 3 })
  })
})
