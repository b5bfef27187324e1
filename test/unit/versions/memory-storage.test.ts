import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { VersionConflictError } from '../../../src/base/errors.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { VersionExport } from '../../../src/versions/memory-export.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { label } from './file-system/head-fixtures.js'
import { subscribe } from '../../../src/base/channels.js'
import type { Upgrade } from '../../../src/versions/schema-info.js'

const now = (): Date => new Date('2025-01-17T10:30:00.000Z')

/** What is left of an export after it was written to a file and read again. */
function throughJson(data: VersionExport): VersionExport {
  return JSON.parse(JSON.stringify(data))
}

async function filled(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  for (const [id, version] of [
    ['q', '1.0.0'],
    ['p', '1.10.0'],
    ['p', '1.9.0'],
    ['__proto__', '1.0.0'],
  ] as const)
    await storage.saveVersion(sampleVersion(id, version))
  return storage
}

describe('MemoryStorage', () => {
  it('gives everything out and takes it in again through JSON', async () => {
    const from = await filled()
    const data = throughJson(from.exportData())
    expect(data.versions.map(({ prompt_id, version }) => `${prompt_id} ${version}`)).toEqual([
      '__proto__ 1.0.0',
      'p 1.9.0',
      'p 1.10.0',
      'q 1.0.0',
    ])
    const to = new MemoryStorage()
    expect(await to.importData(data)).toBe(4)
    expect(to.exportData()).toEqual(from.exportData())
    expect(Object.values(to.exportData().saved_at ?? {}).flatMap(Object.values)).toHaveLength(4)
  })

  it('gives out labels and their history, and takes them in again through JSON', async () => {
    const from = await filled()
    expect(from.exportData().format_version).toBe(1)
    await label(from, 'p', '1.9.0')
    await label(from, 'p', '1.10.0')
    await from.deleteVersion('q', '1.0.0')
    const data = throughJson(from.exportData())
    expect(data.format_version).toBe(2)
    const to = new MemoryStorage()
    expect(await to.importData(data)).toBe(3)
    expect(to.exportData()).toEqual(from.exportData())
    expect(await to.listLabelMoves('p')).toEqual(await from.listLabelMoves('p'))
    expect((await to.readHead('q'))?.highest).toBe('1.0.0')
    await expect(to.deleteVersion('p', '1.10.0')).rejects.toMatchObject({ code: 'OPT-LABEL-001' })
    expect(await to.importData(data)).toBe(0)
    await label(to, 'p', '1.9.0')
    const moved = to.exportData()
    const more = { ...data, versions: [...data.versions, sampleVersion('r', '1.0.0')] }
    await expect(to.importData(more)).rejects.toMatchObject({
      code: 'OPT-LABEL-001',
      context: { prompt_id: 'p', reason: 'imported' },
    })
    expect(to.exportData()).toEqual(moved)
  })

  it('takes in the exports of before there were labels', async () => {
    const { prompts: _, ...data } = throughJson((await filled()).exportData())
    const to = await filled()
    await label(to, 'p', '1.9.0')
    expect(await to.importData({ ...data, format_version: 1 })).toBe(0)
    expect((await to.readHead('p'))?.labels['production']?.version).toBe('1.9.0')
  })

  it('takes in only what is new', async () => {
    const storage = await filled()
    const data = throughJson(storage.exportData())
    expect(await storage.importData(data)).toBe(0)
    const more = { ...data, versions: [...data.versions, sampleVersion('r', '1.0.0')] }
    expect(await storage.importData(more)).toBe(1)
  })

  it('takes times without a zone for UTC, or for as far ahead of it as it is told', async () => {
    const naive = { ...sampleVersion('p', '1.0.0'), created_at: '2025-11-17T10:00:00.123456' }
    const data = { ...new MemoryStorage().exportData(), versions: [naive] }
    for (const [options, time] of [
      [{}, '2025-11-17T10:00:00.123Z'],
      [{ utcOffsetMinutes: 120 }, '2025-11-17T08:00:00.123Z'],
    ] as const) {
      const storage = new MemoryStorage()
      expect(await storage.importData(data, options)).toBe(1)
      expect((await storage.getVersion('p', '1.0.0'))?.created_at).toBe(time)
    }
    await expect(new MemoryStorage().importData(data, { utcOffsetMinutes: 900 })).rejects.toThrow(
      RangeError,
    )
  })

  it('takes in nothing when one version is here with other content', async () => {
    const storage = await filled()
    const data = throughJson(storage.exportData())
    const other = sampleVersion('q', '1.0.0', { metadata: { other: true } })
    const versions = [sampleVersion('new', '1.0.0'), other]
    await expect(storage.importData({ ...data, versions })).rejects.toThrow(VersionConflictError)
    expect(await storage.listPromptIds()).not.toContain('new')
  })

  it.each([
    null,
    'text',
    [],
    {},
    { format: 'other' },
    { format: 'holdfast-versions', format_version: 3, versions: [] },
    { format: 'holdfast-versions', format_version: 1, versions: [], saved_at: [] },
    { format: 'holdfast-versions', format_version: 1, versions: [], saved_at: { p: '2026' } },
    {
      format: 'holdfast-versions',
      format_version: 1,
      versions: [],
      saved_at: { p: { a: '2026' } },
    },
  ])('refuses to take in %j', async (data) => {
    await expect(new MemoryStorage().importData(data as never)).rejects.toThrow(TypeError)
  })

  it('takes documents of another schema', async () => {
    const schema = z.strictObject({
      prompt_id: z.string(),
      version: z.string(),
      body: z.array(z.number()),
    })
    const storage = new MemoryStorage({ schema })
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0', body: [1] })
    expect((await storage.getLatestVersion('p'))?.body).toEqual([1])
    const wrong = { prompt_id: 'p', version: '1.0.1', body: ['x'] }
    await expect(storage.saveVersion(wrong as never)).rejects.toThrow('Field "body[0]"')
  })

  it('takes pre-releases when told so, and orders them before their release', async () => {
    const storage = new MemoryStorage({ allowPrerelease: true })
    for (const version of ['1.0.0', '1.0.0-beta.11', '1.0.0-beta.2', '0.9.0'])
      await storage.saveVersion(sampleVersion('p', version))
    expect(await storage.listVersionNames('p')).toEqual([
      '0.9.0',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
    ])
    await expect(storage.getVersion('p', '1.0.0+build')).rejects.toThrow(TypeError)
  })

  it('dates commits by the clock it is given, and never back', async () => {
    const times = ['10:00', '09:00', '11:00'].map((time) => new Date(`2025-01-17T${time}:00.000Z`))
    const clock = [...times]
    const storage = new MemoryStorage({ now: () => clock[0] ?? new Date() })
    for (const patch of [0, 1, 2]) {
      await storage.saveVersion(sampleVersion('p', `1.0.${patch}`))
      clock.shift()
    }
    await storage.deleteVersion('p', '1.0.0')
    expect(storage.exportData().saved_at).toEqual({
      p: { '1.0.1': times[0]?.toISOString(), '1.0.2': times[2]?.toISOString() },
    })
    await storage.clearAll()
    expect(storage.exportData().saved_at).toEqual({})
  })

  it('keeps unknown the commit times that an export lacks', async () => {
    const storage = new MemoryStorage()
    const versions = [sampleVersion('p', '1.0.0'), sampleVersion('__proto__', '1.0.0')]
    const saved_at = JSON.parse('{"__proto__":{"1.0.0":"2025-01-17T10:00:00.000Z"}}') as never
    await storage.importData({ format: 'holdfast-versions', format_version: 1, versions, saved_at })
    expect(JSON.stringify(storage.exportData().saved_at)).toBe(
      '{"p":{},"__proto__":{"1.0.0":"2025-01-17T10:00:00.000Z"}}',
    )
  })

  it('dates changes by the clock it is given', async () => {
    const storage = new MemoryStorage({ now })
    const changes = storage.watch()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    expect((await changes.next()).value).toEqual({
      kind: 'save',
      prompt_id: 'p',
      version: '1.0.0',
      at: '2025-01-17T10:30:00.000Z',
    })
  })

  it('refuses options that it does not know', () => {
    expect(() => new MemoryStorage({ storageDir: 'x' } as never)).toThrow(
      /Unknown option "storageDir" of InMemoryStorage/,
    )
    expect(() => new MemoryStorage({ schema: {} } as never)).toThrow(/Option "schema"/)
    expect(() => new MemoryStorage({ now: 5 } as never)).toThrow(/Option "now"/)
    expect(() => new MemoryStorage({ allowPrerelease: 'yes' } as never)).toThrow(
      /Option "allowPrerelease"/,
    )
  })

  it('closes with await using', async () => {
    let kept: MemoryStorage
    {
      await using storage = new MemoryStorage()
      kept = storage
    }
    await expect(kept.listPromptIds()).rejects.toThrow('The storage is closed')
  })
})

describe('the schema of an export', () => {
  const older = { name: 'prompts', version: 1 }
  const current = { name: 'prompts', version: 2 }
  const upgrade: Upgrade = (document, from) => ({ ...document, metadata: { from } })

  it('is in it, and the documents of an earlier one are upgraded when they are taken in', async () => {
    const from = new MemoryStorage({ schemaInfo: older })
    await from.saveVersion(sampleVersion('p', '1.0.0'))
    const data = throughJson(from.exportData())
    expect(data.schema).toEqual(older)
    const to = new MemoryStorage({ schemaInfo: current, upgrade })
    expect(await to.importData(data)).toBe(1)
    expect((await to.getVersion('p', '1.0.0'))?.metadata).toEqual({ from: 1 })
    const again = new MemoryStorage({ schemaInfo: current, upgrade })
    await again.importData(throughJson(to.exportData()))
    expect(again.exportData()).toEqual(to.exportData())
  })

  it('is the first version where it names none', async () => {
    const data = throughJson((await filled()).exportData())
    expect(data).not.toHaveProperty('schema')
    const to = new MemoryStorage({ schemaInfo: current, upgrade })
    await to.importData(data)
    expect((await to.getVersion('q', '1.0.0'))?.metadata).toEqual({ from: 1 })
  })

  it('is reported where it is another one', async () => {
    const from = new MemoryStorage({ schemaInfo: current })
    const heard: unknown[] = []
    onTestFinished(subscribe('warning', ({ code, message }) => heard.push([code, message])))
    await new MemoryStorage({ schemaInfo: older }).importData(from.exportData())
    expect(heard).toEqual([
      ['schema', expect.stringContaining('"prompts", version 2, and this program has "prompts"')],
    ])
    const hostile = { ...from.exportData(), schema: { name: 1, version: 1e300 } as never }
    await expect(from.importData(hostile)).rejects.toThrow('must be what exportData gives')
  })

  it('takes in nothing when one document cannot be upgraded', async () => {
    const data = throughJson((await filled()).exportData())
    const failing: Upgrade = (document) => {
      if (document.prompt_id === 'q') throw new Error('no rule for it')
      return document
    }
    const to = new MemoryStorage({ schemaInfo: current, upgrade: failing })
    await expect(to.importData(data)).rejects.toMatchObject({
      code: 'FS-LOAD-002',
      context: { prompt_id: 'q', version: '1.0.0', reason: 'upgrade', schema_version: 1 },
      cause: expect.objectContaining({ message: 'no rule for it' }),
    })
    expect(await to.listPromptIds()).toEqual([])
  })
})

describe('a transaction of MemoryStorage', () => {
  it('decides again when another call came first while the schema was at work', async () => {
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const validate = async (value: unknown): Promise<{ value: never }> => {
      if (Reflect.get(Object(value), 'slow') === true) await gate
      return { value: value as never }
    }
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const storage = new MemoryStorage<{ prompt_id: string; version: string; slow?: boolean }>({
      schema,
    })
    const seen: (readonly string[])[] = []
    const saving = storage.transact(['p'], ([view]) => {
      seen.push(view?.versions ?? [])
      const version = seen.length === 1 ? '1.0.0' : '1.0.1'
      const save = [{ prompt_id: 'p', version, slow: true }]
      return { changes: [{ promptId: 'p', save }], result: version }
    })
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0' })
    release?.()
    expect(await saving).toBe('1.0.1')
    expect(seen).toEqual([[], ['1.0.0']])
  })
})
