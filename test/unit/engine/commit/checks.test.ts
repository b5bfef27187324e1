import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../../support/temp.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each(['native', 'portable'] as const)('a check on the %s disk', (disk) => {
  const opened = async (): Promise<DurableDirectory> =>
    await DurableDirectory.open(await tempDirectory(), { disk })

  it('lets the changes beside it pass while it holds', async () => {
    await using directory = await opened()
    await directory.commit([{ kind: 'create', path: 'a', bytes: bytes('A') }])
    await directory.commit([
      { kind: 'check', path: 'a', ifBytes: bytes('A') },
      { kind: 'check', path: 'd/none', absent: true },
      { kind: 'create', path: 'b', bytes: bytes('B') },
    ])
    await directory.commit([
      { kind: 'check', path: 'a', present: true },
      { kind: 'remove', path: 'b' },
    ])
    expect(await directory.read('b')).toBeUndefined()
    await directory.commit([{ kind: 'check', path: 'b', absent: true }])
  })

  it.each([
    [{ kind: 'check', path: 'none', present: true }, 'ENOENT', /'none' does not exist/],
    [{ kind: 'check', path: 'd/none', ifBytes: bytes('x') }, 'ENOENT', /does not exist/],
    [{ kind: 'check', path: 'a', absent: true }, 'EEXIST', /'a' exists already/],
    [{ kind: 'check', path: 'a', ifBytes: bytes('B') }, 'ECHANGED', /does not hold/],
    [{ kind: 'check', path: 'a', ifBytes: bytes('longer') }, 'ECHANGED', /does not hold/],
  ] as const)(
    'that fails keeps all of its transaction out: %j',
    async (failing, error, message) => {
      await using directory = await opened()
      await directory.commit([{ kind: 'create', path: 'a', bytes: bytes('A') }])
      const refused = directory.commit([
        { kind: 'replace', path: 'a', bytes: bytes('new') },
        failing,
      ])
      if (failing.path === 'a') {
        await expect(refused).rejects.toThrow(TypeError)
        const other = { kind: 'create', path: 'other', bytes: bytes('x') } as const
        await expect(directory.commit([other, failing])).rejects.toMatchObject({
          code: 'FS-CONFLICT-001',
          context: { error, path: failing.path },
          message: expect.stringMatching(message),
        })
        expect(await directory.read('other')).toBeUndefined()
      } else {
        await expect(refused).rejects.toMatchObject({ code: 'FS-CONFLICT-001', context: { error } })
      }
      expect(Buffer.from((await directory.read('a')) ?? []).toString()).toBe('A')
    },
  )

  it('is decided after the calls before it, in one turn of the event loop', async () => {
    await using directory = await opened()
    const outcomes = await Promise.allSettled([
      directory.commit([{ kind: 'create', path: 'version', bytes: bytes('1') }]),
      directory.commit([
        { kind: 'check', path: 'version', present: true },
        { kind: 'create', path: 'label', bytes: bytes('1') },
      ]),
      directory.commit([
        { kind: 'check', path: 'label', absent: true },
        { kind: 'remove', path: 'version' },
      ]),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })

  it.each([
    {},
    { present: false },
    { absent: 'yes' },
    { present: true, absent: true },
    { present: true, ifBytes: bytes('x') },
    { ifBytes: new Uint8Array(0) },
    { ifBytes: 'text' },
  ])('is refused unless it has one condition: %j', async (condition) => {
    await using directory = await opened()
    const operation = { kind: 'check', path: 'a', ...condition } as never
    await expect(directory.commit([operation])).rejects.toThrow(TypeError)
  })
})

describe('checks of several processes', () => {
  it('never let a label name a version that another process has removed', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    const rounds = 150
    for (let round = 0; round < rounds; round++)
      await directory.commit([{ kind: 'create', path: `v/${round}`, bytes: bytes('x') }])
    const script = join(import.meta.dirname, 'checking-process.mjs')
    const others = ['label', 'remove'].map((role) =>
      spawn(process.execPath, [script, path, role, String(rounds)], { stdio: 'inherit' }),
    )
    const ends = await Promise.all(others.map(async (other) => (await once(other, 'exit'))[0]))
    expect(ends).toEqual([0, 0])
    await directory.refresh()
    for (let round = 0; round < rounds; round++) {
      const label = await directory.read(`label/${round}`)
      const version = await directory.read(`v/${round}`)
      // Each process has tried: the faster one has kept the other out.
      expect([round, label !== undefined]).toEqual([round, version !== undefined])
    }
  })
})
