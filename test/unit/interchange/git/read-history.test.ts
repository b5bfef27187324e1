import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readHistory, type HistoryOptions } from '../../../../src/interchange/git/read-history.js'
import type { Item } from '../../../../src/interchange/item.js'
import { Repository } from './repository.js'

async function read(repository: Repository, given: Partial<HistoryOptions> = {}): Promise<Item[]> {
  const items: Item[] = []
  const options = { revision: 'main', patterns: undefined, ...given }
  for await (const item of readHistory(repository.path, options)) items.push(item)
  return items
}

function facts(items: readonly Item[]): unknown[] {
  return items.map((item) =>
    item.kind === 'version'
      ? [item.promptId, item.draft.prompt.text]
      : [item.kind, item.place.replace(/^\w+:/, ''), item.reason],
  )
}

describe('the history of a repository', () => {
  it('has a version for each commit that changes a prompt, with author, message and time', async () => {
    const repository = await Repository.create()
    repository.write('team/hi.txt', 'Hi {{name}}\n')
    const commit = repository.commit('First\n\nWhy\n', {
      name: 'Åsa',
      email: 'a@b',
      time: '1600000000 +0530',
    })
    expect(await read(repository)).toEqual([
      {
        kind: 'version',
        promptId: 'team/hi',
        place: `${commit.slice(0, 10)}:team/hi.txt`,
        draft: {
          prompt: { text: 'Hi {{name}}\n', variables: ['name'] },
          created_at: '2020-09-13T12:26:40.000Z',
          metadata: {
            author: 'Åsa',
            message: 'First\n\nWhy',
            source: {
              format: 'git',
              commit,
              path: 'team/hi.txt',
              author: 'Åsa <a@b> 1600000000 +0530',
            },
          },
        },
        labels: [],
        tags: [],
      },
    ])
  })

  it('keeps committer, message and text where nothing else says them', async () => {
    const repository = await Repository.create()
    repository.write('a.json', '{"text":"Hi"}')
    repository.commit('No line end', { committer: 'Bob' })
    repository.write('a.json', '{"text":"Ho"}')
    repository.commit('', { name: 'Ada' })
    const [first, second] = await read(repository)
    expect(first).toMatchObject({
      draft: {
        metadata: {
          message: 'No line end',
          source: {
            committer: expect.stringMatching(/^Bob </),
            message: 'No line end',
            text: '{"text":"Hi"}',
          },
        },
      },
    })
    expect(second).toMatchObject({ draft: { metadata: { source: { message: '' } } } })
    expect(second).not.toHaveProperty('draft.metadata.message')
  })

  it('has what is not a prompt with its commit, file and reason', async () => {
    const repository = await Repository.create()
    repository.write('package.json', '{"name":"x"}')
    repository.write('a.txt', '')
    repository.write('b.txt', Buffer.from([0xff]))
    repository.write('c.json', '{"text":3}')
    repository.write('d.txt', 'd')
    symlinkSync('d.txt', join(repository.path, 'e.txt'))
    repository.commit('One')
    repository.remove('d.txt')
    repository.commit('Two')
    expect(facts(await read(repository))).toEqual([
      ['skipped', 'a.txt', 'it has no text'],
      ['refused', 'b.txt', 'it is not UTF-8 text'],
      ['refused', 'c.json', expect.stringContaining('prompt.text')],
      ['d', 'd'],
      ['refused', 'e.txt', 'it is not a regular file'],
      ['refused', 'package.json', expect.stringContaining('it is not a prompt')],
      ['skipped', 'd.txt', 'the commit removes it'],
    ])
  })

  it('follows a prompt to a file of another extension', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.commit('One')
    repository.remove('a.txt')
    repository.write('a.prompt', 'two')
    repository.commit('Two')
    expect(facts(await read(repository))).toEqual([
      ['a', 'one'],
      ['a', 'two'],
    ])
  })

  it('has the files that patterns name, up to a revision, also below a directory of it', async () => {
    const repository = await Repository.create()
    repository.write('prompts/a.md', '# A')
    repository.write('b.txt', 'b')
    repository.commit('One')
    repository.git('tag', 'one')
    repository.write('prompts/a.md', '# B')
    repository.commit('Two')
    const patterns = ['prompts/*.md']
    expect(facts(await read(repository, { patterns }))).toEqual([
      ['prompts/a', '# A'],
      ['prompts/a', '# B'],
    ])
    expect(facts(await read(repository, { patterns, revision: 'one' }))).toHaveLength(1)
    const inside = new Repository(join(repository.path, 'prompts'))
    expect(facts(await read(inside, { patterns }))).toHaveLength(2)
  })

  it('takes the number and the labels of tags', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.commit('One')
    repository.git('tag', 'a@2.0.0')
    repository.git('tag', 'a@production')
    expect(await read(repository)).toMatchObject([{ wanted: '2.0.0', labels: ['production'] }])
  })

  it('has the records of versions as they say', async () => {
    const repository = await Repository.create()
    const record = { prompt_id: 'x', version: '3.0.0', prompt: { text: 'Hi' } }
    repository.write('x.json', JSON.stringify(record))
    repository.write('y.json', JSON.stringify({ ...record, version: 3 }))
    repository.commit('One')
    repository.git('tag', 'x@production')
    expect(await read(repository)).toMatchObject([
      {
        promptId: 'x',
        version: '3.0.0',
        labels: ['production'],
        draft: { prompt: { text: 'Hi' } },
      },
      { kind: 'refused', reason: 'its "version" is missing or not a text' },
    ])
  })

  it('ends with an error where there is no repository, or no commit', async () => {
    const repository = await Repository.create()
    await expect(read(repository)).rejects.toMatchObject({ code: 'OPT-FORMAT-003' })
    await expect(read(repository, { revision: '-x' })).rejects.toThrow(TypeError)
  })
})
