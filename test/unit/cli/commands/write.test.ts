import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeVersionFile } from '../../../../src/document/version-file.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

describe('holdfast save', () => {
  it('saves a document from standard input and says where', async () => {
    const dir = await tempDirectory()
    const saved = await holdfastJson(['save', '--dir', dir], { input: document('p', '1.0.0') })
    expect(saved.code).toBe(0)
    const path = join(dir, 'p', '1.0.0.json')
    expect(saved.document).toEqual({ prompt_id: 'p', version: '1.0.0', path })
    await expect(access(path)).resolves.toBeUndefined()
  })

  it('saves a document from a file, and prints the version alone', async () => {
    const dir = await tempDirectory()
    const file = join(await tempDirectory(), 'version.json')
    await writeFile(file, document('p', '2.3.4'))
    const { code, stdout, stderr } = await holdfast(['save', file, '--dir', dir])
    expect([code, stdout]).toEqual([0, '2.3.4\n'])
    expect(stderr).toContain(join(dir, 'p', '2.3.4.json'))
  })

  it.each([
    [['save'], JSON.stringify({ prompt_id: 'p', version: '1.0.0' })],
    [['save', '--prompt-id', '', '--text-file', '-'], 'text'],
  ])('leaves no store behind when it refuses the first version: %j', async (args, input) => {
    const dir = join(await tempDirectory(), 'store')
    expect((await holdfast([...args, '--dir', dir], { input })).code).toBe(2)
    await expect(access(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([
    [[], '2025-11-17T10:00:00.000Z'],
    [['--utc-offset', '+05:30'], '2025-11-17T04:30:00.000Z'],
    [['--utc-offset=-0300'], '2025-11-17T13:00:00.000Z'],
  ])('reads a time without a zone as UTC, or as it is told: %j', async (options, time) => {
    const dir = await tempDirectory()
    const given = JSON.parse(document('p', '1.0.0')) as Record<string, unknown>
    const input = JSON.stringify({ ...given, created_at: '2025-11-17T10:00:00' })
    expect((await holdfast(['save', '--dir', dir, ...options], { input })).code).toBe(0)
    expect(await readFile(join(dir, 'p', '1.0.0.json'), 'utf8')).toContain(
      `"created_at": "${time}"`,
    )
    const wrong = await holdfast(['save', '--dir', dir, '--utc-offset', '2h'], { input })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('+HH:MM')])
  })

  it('accepts what is saved already where that is asked for, and nothing else', async () => {
    const dir = await tempDirectory()
    const save = ['save', '--dir', dir, '--if-same', 'accept']
    for (let times = 0; times < 2; times++) {
      const saved = await holdfast(save, { input: document('p', '1.0.0', 'old') })
      expect([saved.code, saved.stdout]).toEqual([0, '1.0.0\n'])
    }
    expect((await holdfast(save, { input: document('p', '1.0.0', 'new') })).code).toBe(4)
    const text = [...save, '--prompt-id', 'q', '--text-file', '-']
    const texts = [await holdfast(text, { input: 'a' }), await holdfast(text, { input: 'a' })]
    expect(texts.map(({ stdout }) => stdout)).toEqual(['1.0.0\n', '1.0.0\n'])
    expect((await holdfast(text, { input: 'b' })).stdout).toBe('1.0.1\n')
  })

  it('ends with 4 when the version exists, and keeps what is stored', async () => {
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0', 'old') })
    const again = await holdfastJson(['save', '--dir', dir], {
      input: document('p', '1.0.0', 'new'),
    })
    expect(again.code).toBe(4)
    expect(again.document).toEqual({
      error: {
        code: 'OPT-VER-001',
        message: 'Version 1.0.0 already exists for prompt p',
        context: { prompt_id: 'p', version: '1.0.0', same_content: false },
        retryable: false,
      },
    })
    expect((await holdfast(['get', 'p', '--text', '--dir', dir])).stdout).toBe('old')
  })

  it('gives a text the next number', async () => {
    const dir = await tempDirectory()
    const versions: string[] = []
    for (const more of [[], [], ['--bump', 'minor'], ['--bump', 'major']]) {
      const args = ['save', '--prompt-id', 'greeting', '--text-file', '-', '--dir', dir, ...more]
      versions.push((await holdfast(args, { input: `Hello {{name}} ${versions.length}\n` })).stdout)
    }
    expect(versions).toEqual(['1.0.0\n', '1.0.1\n', '1.1.0\n', '2.0.0\n'])
    const { document: latest } = await holdfastJson(['get', 'greeting', '--dir', dir])
    expect(latest).toMatchObject({
      parent_version: '1.1.0',
      prompt: { text: 'Hello {{name}} 3\n', role: 'system', variables: ['name'] },
    })
  })

  it('keeps the role of the last version unless another is given', async () => {
    const dir = await tempDirectory()
    const args = ['save', '--prompt-id', 'p', '--text-file', '-', '--dir', dir]
    const roles: unknown[] = []
    for (const more of [['--role', 'user'], [], ['--role', 'assistant']]) {
      await holdfast([...args, ...more], { input: 'text' })
      const { document: latest } = await holdfastJson(['get', 'p', '--dir', dir])
      roles.push(latest)
    }
    expect(roles).toMatchObject([
      { prompt: { role: 'user' } },
      { prompt: { role: 'user' } },
      { prompt: { role: 'assistant' } },
    ])
  })

  it('takes a stored file as it is, and refuses one that was changed', async () => {
    const [from, to] = [await tempDirectory(), await tempDirectory()]
    await holdfast(['save', '--dir', from], { input: document('p', '1.0.0', 'exact text') })
    const bytes = await readFile(join(from, 'p', '1.0.0.json'))
    expect((await holdfast(['save', '--dir', to], { input: bytes })).code).toBe(0)
    const saved = decodeVersionFile(await readFile(join(to, 'p', '1.0.0.json')))
    // It is committed there later.
    const savedAt = expect.any(String) as string
    expect(saved).toEqual({ ...decodeVersionFile(bytes), savedAt })
    const changed = bytes.toString().replace('exact text', 'other text')
    const refused = await holdfastJson(['save', '--dir', await tempDirectory()], { input: changed })
    expect(refused.code).toBe(5)
    expect(refused.document).toMatchObject({ error: { code: 'FS-LOAD-001' } })
  })

  it.each([
    ['no JSON', '{"a":', 'holds no JSON document'],
    [
      'a document without its fields',
      JSON.stringify({ version: '1.0.0', prompt_id: 'p' }),
      '"created_at"',
    ],
    ['a version with a leading zero', document('p', '01.0.0'), '01.0.0'],
    ['an empty prompt id', document('', '1.0.0'), ''],
  ])('ends with 2 for %s', async (_what, input, reason) => {
    const dir = await tempDirectory()
    const { code, stdout, stderr } = await holdfast(['save', '--dir', dir], { input })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(reason)
  })

  it.each([
    [['--prompt-id', 'p'], 'belong together'],
    [['--text-file', 'f'], 'belong together'],
    [['file', '--prompt-id', 'p', '--text-file', 'f'], 'not both'],
    [['file', '--bump', 'major'], 'go with --text or --text-file'],
    [
      ['--prompt-id', 'p', '--text-file', 'f', '--bump', 'huge'],
      'Allowed choices are major, minor, patch',
    ],
  ])('ends with 2 for options that do not fit together: %j', async (args, reason) => {
    const { code, stderr } = await holdfast(['save', '--dir', '/nowhere-at-all', ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(reason)
  })

  it('ends with 1 for a file that cannot be read', async () => {
    const { code, document: report } = await holdfastJson([
      'save',
      '/nowhere-at-all',
      '--dir',
      await tempDirectory(),
    ])
    expect(code).toBe(1)
    expect(report).toMatchObject({ error: { code: 'CLI-INPUT-001', context: { errno: 'ENOENT' } } })
  })
})
