import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  checkRevision,
  listChanges,
  pathspecOf,
} from '../../../../src/interchange/git/list-changes.js'
import { isWindows } from '../../../support/windows.js'
import { Repository } from './repository.js'

/** A name that git quotes. */
const ODD = isWindows ? 'sub/é.txt' : 'sub/b "c"\té.txt'

const ALL = [pathspecOf('**/*.txt')]

async function paths(repository: Repository, pathspecs = ALL): Promise<string[][]> {
  const changes = await listChanges(repository.path, 'main', pathspecs)
  return changes.map(({ files }) =>
    files.map(
      ({ path, blob, isFile }) => `${blob === undefined ? '-' : isFile ? '+' : '?'}${path}`,
    ),
  )
}

describe('the changes of a history', () => {
  it('are the files of each commit, parents first; other files and commits do not count', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.write(ODD, 'b')
    repository.write('other.md', 'x')
    const first = repository.commit('One')
    repository.write('other.md', 'y')
    repository.commit('Two')
    repository.write('a.txt', 'two')
    repository.remove(ODD)
    repository.commit('Three')
    expect(await paths(repository)).toEqual([
      ['+a.txt', `+${ODD}`],
      ['+a.txt', `-${ODD}`],
    ])
    expect(await paths(repository, [pathspecOf('*.txt')])).toEqual([['+a.txt'], ['+a.txt']])
    const [change] = await listChanges(repository.path, 'main', ALL)
    expect(change).toMatchObject({ commit: first })
    expect(change?.files[0]?.blob).toBe(repository.git('rev-parse', `${first}:a.txt`).trim())
  })

  it('of both branches come before their merge, which has what neither of them had', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.commit('One')
    repository.git('checkout', '--quiet', '-b', 'side')
    repository.write('a.txt', 'side')
    repository.commit('Side')
    repository.git('checkout', '--quiet', 'main')
    repository.write('a.txt', 'main')
    repository.commit('Main')
    expect(() => repository.git('merge', '--quiet', 'side')).toThrow()
    repository.write('a.txt', 'both')
    repository.commit('Merge')
    const changes = await listChanges(repository.path, 'main', ALL)
    expect(changes).toHaveLength(4)
    const merged = changes.at(-1)?.files[0]
    expect(merged).toMatchObject({ path: 'a.txt', isFile: true })
    expect(merged?.blob).toBe(repository.git('rev-parse', 'main:a.txt').trim())
  })

  it('tell links from files', async () => {
    const repository = await Repository.create()
    symlinkSync('nowhere', join(repository.path, 'link.txt'))
    repository.commit('Link')
    expect(await paths(repository)).toEqual([['?link.txt']])
  })

  it('end with a revision, which is never an option', async () => {
    const repository = await Repository.create()
    await expect(listChanges(repository.path, 'main', ALL)).rejects.toMatchObject({
      code: 'OPT-FORMAT-003',
    })
    for (const revision of ['', '--output=x'])
      expect(() => {
        checkRevision(revision)
      }).toThrow('Option "revision" must be a branch, tag or commit')
    checkRevision('HEAD~1')
  })
})
