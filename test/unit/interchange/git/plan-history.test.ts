import { describe, expect, it } from 'vitest'
import {
  planHistory,
  sourceOf,
  type PlannedCommit,
} from '../../../../src/interchange/git/plan-history.js'
import type { StoredVersion } from '../../../../src/interchange/stored-versions.js'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'
import type { PromptContent } from '../../../../src/versions/prompts/prompt.js'

function stored(
  id: string,
  version: string,
  given: { prompt?: PromptContent; source?: object; at?: string } = {},
): StoredVersion {
  const { prompt = { text: version }, source, at = '2026-01-01T00:00:00.000Z' } = given
  const document = promptVersionSchema.parse({
    prompt_id: id,
    version,
    created_at: at,
    metadata: source === undefined ? {} : { source: { format: 'git', ...source } },
    prompt,
  })
  return { document, labels: [], tags: [] }
}

function names(commits: readonly PlannedCommit[]): string[][] {
  return commits.map((commit) =>
    commit.map(({ stored: { document }, path }) => `${document.version} ${path}`),
  )
}

describe('the commits of an export', () => {
  it('are in order of time, those of a prompt in the order of their numbers', async () => {
    const commits = await planHistory([
      [
        stored('a', '1.0.0', { at: '2026-01-05T00:00:00.000Z' }),
        stored('a', '1.0.1', { at: '2026-01-02T00:00:00.000Z' }),
      ],
      [
        stored('b', '1.0.0', { at: '2026-01-03T00:00:00.000Z' }),
        stored('b', '1.0.1', { at: '2026-01-06T00:00:00.000Z' }),
      ],
    ])
    expect(names(commits)).toEqual([
      ['1.0.0 b.json'],
      ['1.0.0 a.json'],
      ['1.0.1 a.json'],
      ['1.0.1 b.json'],
    ])
  })

  it('are those that the versions were imported from', async () => {
    const source = { commit: 'c1', author: 'Ada <a@b> 5 +0000' }
    const commits = await planHistory([
      [stored('a', '1.0.0', { source: { ...source, path: 'a.txt' } })],
      [stored('b', '1.0.0', { source: { ...source, path: 'b.txt' } })],
      [stored('c', '1.0.0', { source: { ...source, commit: 'c2', path: 'c.txt' } })],
    ])
    expect(names(commits)).toEqual([['1.0.0 a.txt', '1.0.0 b.txt'], ['1.0.0 c.txt']])
    expect(commits[0]?.[0]).toMatchObject({ seconds: 5, text: '1.0.0' })
  })

  it('keep a prompt in its file as long as that can hold it', async () => {
    const commits = await planHistory([
      [
        stored('a', '1.0.0', { source: { commit: 'c1', path: 'a.txt' } }),
        stored('a', '1.0.1'),
        stored('a', '1.0.2', { prompt: { messages: [{ role: 'user', content: 'Hi' }] } }),
        stored('a', '1.0.3'),
      ],
    ])
    expect(names(commits)).toEqual([
      ['1.0.0 a.txt'],
      ['1.0.1 a.txt'],
      ['1.0.2 a.json'],
      ['1.0.3 a.json'],
    ])
    expect(commits.flat().map(({ removes }) => removes)).toEqual([
      undefined,
      undefined,
      'a.txt',
      undefined,
    ])
    expect(commits[1]?.[0]?.note.document).toMatchObject({ metadata: {}, parent_version: null })
    expect(commits[2]?.[0]?.note.document).toBeUndefined()
  })

  it('note what the file does not hold', async () => {
    const prompt = { text: 'Hi', role: 'narrator' }
    const [[version] = []] = await planHistory([
      [stored('a', '1.0.0', { prompt, source: { commit: 'c1', path: 'a.txt' } })],
    ])
    expect(version?.note.document).toMatchObject({ prompt })
  })

  it('take the text of the file from the import only if it is that of the version', async () => {
    const source = { commit: 'c1', path: 'a.json' }
    const textOf = async (text: string): Promise<string | undefined> => {
      const [[version] = []] = await planHistory([
        [stored('a', '1.0.0', { source: { ...source, text } })],
      ])
      return version?.text
    }
    expect(await textOf('{"text":"1.0.0"}')).toBe('{"text":"1.0.0"}')
    expect(await textOf('{"text":"other"}')).toBe('{\n  "text": "1.0.0"\n}\n')
  })

  it('say where a version has the same file as the one before', async () => {
    const same = { prompt: { text: 'same' }, source: { commit: 'c1', path: 'a.txt' } }
    const again = { ...same, source: { commit: 'c2', path: 'a.txt' } }
    const commits = await planHistory([[stored('a', '1.0.0', same), stored('a', '1.0.1', again)]])
    expect(commits.flat().map(({ isRepeated }) => isRepeated)).toEqual([false, true])
  })

  it.each(['../a.txt', '.git/a.txt', '/a.txt', 'b.txt', '.GIT/config', 3])(
    'have no file %s for prompt a, whatever its metadata says',
    async (path) => {
      const commits = await planHistory([[stored('a', '1.0.0', { source: { commit: 'c', path } })]])
      expect(names(commits)).toEqual([['1.0.0 a.json']])
    },
  )

  it('have a file for an id of any length', async () => {
    const commits = await planHistory([[stored('x'.repeat(300), '1.0.0')]])
    expect(commits[0]?.[0]?.path).toMatch(/^~[0-9a-f]{64}\.json$/)
  })

  it('know the facts of an import by its format', () => {
    expect(sourceOf({ source: { format: 'git', a: 1 } })).toMatchObject({ a: 1 })
    expect(sourceOf({ source: { format: 'json', a: 1 } })).toEqual({})
    expect(sourceOf({ source: 'git' })).toEqual({})
  })
})
