import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

async function storeOf(...documents: readonly string[]): Promise<string> {
  const dir = await tempDirectory()
  for (const input of documents) await holdfast(['save', '--dir', dir], { input })
  return dir
}

describe('holdfast get', () => {
  it('prints the document of a version, and of the latest one by precedence', async () => {
    const dir = await storeOf(document('p', '1.10.0', 'ten'), document('p', '1.9.0', 'nine'))
    const { code, stdout } = await holdfast(['get', 'p', '1.9.0', '--dir', dir])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ version: '1.9.0', prompt: { text: 'nine' } })
    expect(JSON.parse(stdout)).not.toHaveProperty('checksum')
    const latest = await holdfastJson(['get', 'p', '--dir', dir])
    expect(latest.document).toMatchObject({ version: '1.10.0', prompt: { text: 'ten' } })
  })

  it('prints the bytes of the file with --raw, and only the text with --text', async () => {
    const dir = await storeOf(document('提示', '1.0.0', '第一行\n第二行'))
    const raw = await holdfast(['get', '提示', '--raw', '--dir', dir])
    expect(raw.stdout).toBe(await readFile(join(dir, '提示', '1.0.0.json'), 'utf8'))
    expect(JSON.parse(raw.stdout)).toHaveProperty('checksum')
    expect((await holdfast(['get', '提示', '--text', '--dir', dir])).stdout).toBe('第一行\n第二行')
  })

  it.each([['p', '9.9.9'], ['other'], ['other', '--raw'], ['p', '9.9.9', '--raw']])(
    'ends with 3 for what is not there: %s %s',
    async (...args) => {
      const dir = await storeOf(document('p', '1.0.0'))
      const { code, stdout, stderr } = await holdfast(['get', ...args, '--dir', dir])
      expect([code, stdout]).toEqual([3, ''])
      expect(stderr).toContain(
        args[1] === '9.9.9'
          ? "error OPT-VER-002 Prompt 'p' has no version 9.9.9; versions: 1.0.0; labels: none"
          : 'error OPT-VER-002 There is no prompt other',
      )
    },
  )

  it.each(['01.0.0', ' 1.0.0', '../1.0.0'])(
    'ends with 2 for the impossible version %j',
    async (version) => {
      const dir = await storeOf(document('p', '1.0.0'))
      expect((await holdfast(['get', 'p', version, '--dir', dir])).code).toBe(2)
    },
  )

  it.each([
    ['--json', '--text'],
    ['--json', '--raw'],
    ['--raw', '--text'],
  ])('ends with 2 for %s with %s', async (...args) => {
    const dir = await storeOf(document('p', '1.0.0'))
    expect((await holdfast(['get', 'p', ...args, '--dir', dir])).code).toBe(2)
  })
})

describe('holdfast list', () => {
  it('lists the versions by precedence, in parts and from either end', async () => {
    const dir = await storeOf(
      document('p', '1.10.0'),
      document('p', '1.9.0'),
      document('p', '2.0.0'),
    )
    const versions = async (...args: string[]): Promise<unknown> => {
      const { document: list } = await holdfastJson(['list', 'p', '--dir', dir, ...args])
      return (list as { versions: { version: string }[] }).versions.map(({ version }) => version)
    }
    expect(await versions()).toEqual(['1.9.0', '1.10.0', '2.0.0'])
    expect(await versions('--newest-first')).toEqual(['2.0.0', '1.10.0', '1.9.0'])
    expect(await versions('--limit', '1', '--offset', '1')).toEqual(['1.10.0'])
    expect(await versions('--limit', '0')).toEqual([])
  })

  it('shows who made what and when', async () => {
    const dir = await storeOf(document('p', '1.0.0', 'four'))
    const { stdout } = await holdfast(['list', 'p', '--dir', dir])
    const { length: size } = await readFile(join(dir, 'p', '1.0.0.json'))
    for (const fact of ['1.0.0', '2026-01-02T03:04:05.678Z', 'tester', String(size)])
      expect(stdout).toContain(fact)
    const { document: list } = await holdfastJson(['list', 'p', '--dir', dir])
    expect(list).toEqual({
      prompt_id: 'p',
      versions: [
        {
          version: '1.0.0',
          created_at: '2026-01-02T03:04:05.678Z',
          parent_version: null,
          author: 'tester',
          size,
          labels: [],
          tags: [],
          saved_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        },
      ],
    })
  })

  it('ends with 3 for an unknown prompt', async () => {
    const dir = await storeOf(document('p', '1.0.0'))
    expect((await holdfast(['list', 'other', '--dir', dir])).code).toBe(3)
  })
})

describe('holdfast ids and latest', () => {
  it('list the ids, and the highest version of one', async () => {
    const dir = await storeOf(
      document('b', '1.0.0'),
      document('a/b', '1.10.0'),
      document('a/b', '1.9.0'),
    )
    expect((await holdfast(['ids', '--dir', dir])).stdout).toBe('a/b\nb\n')
    expect((await holdfastJson(['ids', '--dir', dir])).document).toEqual({
      prompt_ids: ['a/b', 'b'],
    })
    expect((await holdfast(['latest', 'a/b', '--dir', dir])).stdout).toBe('1.10.0\n')
    expect((await holdfastJson(['latest', 'b', '--dir', dir])).document).toEqual({
      prompt_id: 'b',
      version: '1.0.0',
      path: join(dir, 'b', '1.0.0.json'),
    })
    expect((await holdfast(['latest', 'c', '--dir', dir])).code).toBe(3)
  })

  it('show control characters in ids as escapes', async () => {
    const dir = await storeOf(document('a\u001b[2Jb', '1.0.0'))
    expect((await holdfast(['ids', '--dir', dir])).stdout).toBe('a\\u001b[2Jb\n')
    expect((await holdfastJson(['ids', '--dir', dir])).document).toEqual({
      prompt_ids: ['a\u001b[2Jb'],
    })
  })
})
