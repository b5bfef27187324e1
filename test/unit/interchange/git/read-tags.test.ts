import { describe, expect, it } from 'vitest'
import { noteText, parseNote, readTags } from '../../../../src/interchange/git/read-tags.js'
import { Repository } from './repository.js'

describe('the tags of a repository', () => {
  it('belong to the last change of the prompt up to their commit', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.write('b.txt', 'one')
    const first = repository.commit('One')
    repository.write('a.txt', 'two')
    const second = repository.commit('Two')
    repository.commit('Empty')
    repository.git('tag', 'v1.0.0', first)
    repository.git('tag', 'v1.1.0')
    repository.git('tag', 'b@production')
    repository.git('tag', 'a@staging', first)
    repository.git('tag', 'unknown@production')
    repository.git('tag', 'other')
    repository.git('tag', 'a@9.0.0', 'HEAD:a.txt')
    const changes = new Map([
      [first, ['a', 'b']],
      [second, ['a']],
    ])
    const tags = await readTags(repository.path, {
      idsAt: (commit) => changes.get(commit),
      pathspecsOf: (id) =>
        id === undefined ? ['a.txt', 'b.txt'] : id === 'unknown' ? [] : [`${id}.txt`],
    })
    const facts = [...tags].map(([commit, prompts]) => [commit, Object.fromEntries(prompts)])
    expect(Object.fromEntries(facts)).toEqual({
      [first]: {
        a: { version: '1.0.0', labels: ['staging'] },
        b: { version: '1.0.0', labels: ['production'] },
      },
      [second]: { a: { version: '1.1.0', labels: [] } },
    })
  })

  it('say what an export has noted; the highest number counts', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    const commit = repository.commit('One')
    const note = { tags: ['x'], document: { metadata: { author: 'ada' } } }
    repository.git('tag', '--annotate', '--message', noteText('a 1.2.0', note), 'a@1.2.0')
    repository.git('tag', '--annotate', '--message', 'by hand', 'a@1.1.0')
    const changed = {
      idsAt: (id: string) => (id === commit ? ['a'] : undefined),
      pathspecsOf: () => [],
    }
    const tags = await readTags(repository.path, changed)
    expect(tags.get(commit)?.get('a')).toEqual({ version: '1.2.0', labels: [], note })
    repository.git('tag', 'a@2.0.0')
    const again = await readTags(repository.path, changed)
    expect(again.get(commit)?.get('a')).toEqual({ version: '2.0.0', labels: [] })
  })

  it('have notes of Holdfast, or messages of other programs', () => {
    const note = { tags: ['a', 'é'], document: { prompt: { text: '\n\n{' } } }
    expect(parseNote(noteText('p 1.0.0', note))).toEqual(note)
    expect(parseNote(noteText('p 1.0.0', { tags: [], document: undefined }))).toEqual({
      tags: [],
      document: undefined,
    })
    for (const message of ['Release', 'Release\n\n{', 'Release\n\n{"tags":3}', 'Release\n\n{} x'])
      expect(parseNote(message)).toBeUndefined()
  })
})
