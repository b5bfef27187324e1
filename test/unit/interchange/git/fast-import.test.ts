import { describe, expect, it } from 'vitest'
import { fastImport } from '../../../../src/interchange/git/fast-import.js'
import { planHistory } from '../../../../src/interchange/git/plan-history.js'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'

async function streamOf(
  metadata: object,
  labels: readonly string[] = [],
  id = 'p',
): Promise<string> {
  const document = promptVersionSchema.parse({
    prompt_id: id,
    version: '1.0.0',
    created_at: '2026-01-01T00:00:00.000Z',
    metadata,
    prompt: { text: 'é' },
  })
  const commits = await planHistory([[{ document, labels, tags: ['x'] }]])
  return [...fastImport(commits, 'main')].join('')
}

function identsIn(stream: string): string[] {
  return Array.from(stream.matchAll(/^(?:author|committer|tagger) .*$/gm), ([line]) => line)
}

describe('the stream of git fast-import', () => {
  it('has a commit, its file, the tag of its version and those of its labels', async () => {
    const source = { format: 'git', commit: 'c', path: 'p.txt', author: 'Ada <a@b> 7 +0200' }
    const stream = await streamOf({ source, message: 'Why' }, ['production'])
    expect(stream).toMatch(
      /^feature done\ncommit refs\/heads\/main\nmark :1\nauthor Ada <a@b> 7 \+0200\ncommitter Ada <a@b> 7 \+0200\ndata 4\nWhy\n\nM 100644 inline "p\.txt"\ndata 2\né\ntag p@1\.0\.0\nfrom :1\ntagger Ada <a@b> 7 \+0200\ndata \d+\np 1\.0\.0\n\n\{"tags":\["x"\].*\n\nreset refs\/tags\/p@production\nfrom :1\n\ndone\n$/,
    )
  })

  it('has the author that the metadata names', async () => {
    const at = 1_767_225_600
    expect(identsIn(await streamOf({ author: 'Ada <a@b>' }))[0]).toBe(
      `author Ada <a@b> ${at} +0000`,
    )
    expect(identsIn(await streamOf({ author: 'ada' }))[0]).toBe(`author ada <> ${at} +0000`)
    expect(identsIn(await streamOf({}))[0]).toBe(`author unknown <> ${at} +0000`)
    const hostile = 'A\n<b>\ncommit refs/heads/x'
    expect(identsIn(await streamOf({ author: hostile }))[0]).toBe(
      `author A  b  commit refs/heads/x <> ${at} +0000`,
    )
  })

  it.each([
    'Ada <a@b> 7 +0000\ncommit refs/heads/x',
    'Ada <a<b> 7 +0000',
    'Ada <a@b> -7 +0000',
    'Ada',
    7,
  ])('does not take an author that git would refuse: %j', async (author) => {
    const source = { format: 'git', commit: 'c', path: 'p.txt', author }
    const [line] = identsIn(await streamOf({ source, author: 'ada' }))
    expect(line).toMatch(/^author ada <> \d+ \+0000$/)
  })

  it('has the message of the commit, of the metadata, or one of its own', async () => {
    const source = { format: 'git', commit: 'c', path: 'p.txt' }
    expect(await streamOf({ source: { ...source, message: 'a' }, message: 'b' })).toContain(
      'data 1\na\n',
    )
    expect(await streamOf({ message: 'b' })).toContain('data 2\nb\n\n')
    expect(await streamOf({})).toContain('data 8\np 1.0.0\n\n')
    expect(await streamOf({ source })).toContain('data 1\n\n\n')
  })

  it('quotes the names of files, and has no tags for an id that is too long', async () => {
    const source = { format: 'git', commit: 'c', path: 'a"\\\nb.txt' }
    expect(await streamOf({ source }, [], 'a"\\\nb')).toContain('inline "a\\"\\\\\\nb.txt"\n')
    expect(await streamOf({}, ['production'], 'x'.repeat(300))).not.toMatch(/^(tag|reset) /m)
  })
})
