import { describe, expect, it } from 'vitest'
import { readObjects, type GitObject } from '../../../../src/interchange/git/read-objects.js'
import { Repository } from './repository.js'

async function all(path: string, ids: readonly string[]): Promise<GitObject[]> {
  const objects: GitObject[] = []
  for await (const object of readObjects(path, ids)) objects.push(object)
  return objects
}

describe('the objects of a repository', () => {
  it('are read in the order of their ids, with contents of any size and bytes', async () => {
    const repository = await Repository.create()
    const large = Buffer.alloc(300_000, 'a\nb\0')
    repository.write('large', large)
    repository.write('empty', '')
    repository.write('newline', '\n\n')
    const commit = repository.commit('One')
    const idOf = (name: string): string => repository.git('rev-parse', `HEAD:${name}`).trim()
    const ids = [idOf('empty'), idOf('large'), commit, idOf('newline'), idOf('large')]
    const objects = await all(repository.path, ids)
    expect(objects.map(({ id, type }) => [id, type])).toEqual(
      ids.map((id) => [id, id === commit ? 'commit' : 'blob']),
    )
    expect(objects[0]?.bytes).toHaveLength(0)
    expect(objects[1]?.bytes.equals(large)).toBe(true)
    expect(objects[2]?.bytes.toString()).toContain('\n\nOne')
    expect(objects[3]?.bytes.toString()).toBe('\n\n')
    expect(objects[4]?.bytes.equals(large)).toBe(true)
  })

  it('that the repository does not have are missing', async () => {
    const repository = await Repository.create()
    const id = '1'.repeat(40)
    expect(await all(repository.path, [id])).toMatchObject([{ id, type: 'missing' }])
    expect(await all(repository.path, [])).toEqual([])
  })
})
