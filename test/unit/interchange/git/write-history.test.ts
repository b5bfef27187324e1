import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStorage } from '../../../../src/config/create-storage.js'
import { exportPrompts, importPrompts } from '../../../../src/interchange/index.js'
import { checkBranch } from '../../../../src/interchange/git/write-history.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'
import { hostileText } from '../texts.js'
import { Repository } from './repository.js'

async function target(): Promise<string> {
  return join(await tempDirectory(), 'export.git')
}

/** Everything that a storage has, without the times and reasons of its labels. */
async function contentsOf(storage: MemoryStorage): Promise<unknown> {
  const contents: unknown[] = []
  for (const id of await storage.listPromptIds()) {
    const head = await storage.readHead(id)
    const labels = Object.entries(head?.labels ?? {}).map(([name, { version }]) => [name, version])
    contents.push([id, await storage.listVersions(id), labels, head?.tags ?? {}])
  }
  return contents
}

async function importInto(storage: MemoryStorage, from: string): Promise<unknown> {
  return (await importPrompts({ storage, format: 'git', from })).totals
}

describe('a git repository', () => {
  it('that is imported and exported has the same contents, authors, times and messages', async () => {
    const repository = await Repository.create()
    repository.write('greeting.txt', 'Hello {{name}}\n')
    repository.write('chat/bot.prompt', '---\nmodel: m # why\n---\nHi {{x}}\n')
    repository.commit('First\n\nwith a body\n', { name: 'Åsa', time: '1600000000 +0530' })
    repository.write('greeting.txt', 'Hi {{name}}')
    repository.commit('Shorter\n', { name: 'Bob', committer: 'Carol' })
    repository.write('data.json', '{ "messages": [{ "role": "user", "content": "Hi" }] }')
    repository.write('greeting.txt', 'A\r\n---\r\n"é"')
    repository.commit('Both')
    repository.write('My Prompt.txt', 'x')
    repository.commit('')
    await using storage = new MemoryStorage()
    expect(await importInto(storage, repository.path)).toMatchObject({ created: 6, refused: 0 })
    const to = await target()
    await exportPrompts({ storage, format: 'git', to })
    expect(new Repository(to).history()).toEqual(repository.history())
    await using again = new MemoryStorage()
    await importInto(again, to)
    expect(await contentsOf(again)).toEqual(await contentsOf(storage))
    // The exported commits are other commits, and yet the same versions.
    expect(await importInto(storage, to)).toMatchObject({ created: 0, unchanged: 6 })
  })

  it.each(['file', 'sqlite'])(
    'goes through a store of %s as through one in memory',
    async (scheme) => {
      const repository = await Repository.create()
      repository.import(Array.from({ length: 120 }, (_, at) => ['a.txt', `text ${at}\r\n`]))
      repository.git('tag', 'a@production', 'main~7')
      await using storage = await createStorage(`${scheme}:${join(await tempDirectory(), 'store')}`)
      const report = await importPrompts({ storage, format: 'git', from: repository.path })
      expect(report.totals).toEqual({ created: 120, unchanged: 0, skipped: 0, refused: 0 })
      expect(Object.keys((await storage.readHead('a'))?.labels ?? {})).toEqual(['production'])
      const to = await target()
      await exportPrompts({ storage, format: 'git', to })
      const format = '--format=%an <%ae> %ad%n%cn <%ce> %cd%n%B'
      const log = (path: string): string =>
        new Repository(path).git('log', format, '--date=raw', '--raw', '--no-abbrev', 'main')
      expect(log(to)).toBe(log(repository.path))
      expect(new Repository(to).git('rev-list', '-1', '--format=%B', 'a@production')).toContain(
        'One',
      )
      const again = await importPrompts({ storage, format: 'git', from: repository.path })
      expect(again.totals.unchanged).toBe(120)
    },
  )

  it('is the same after it went through a store, whatever its texts, authors and messages are', async () => {
    const line = hostileText.map((text) => text.replaceAll(/[\0\r\n<>]/g, ' ').trim() || 'x')
    const commit = fc.record({
      file: fc.constantFrom('a.txt', 'b/c.txt', 'd.prompt', 'é 你.txt'),
      text: hostileText,
      message: hostileText.map((text) => text.replaceAll('\0', ' ')),
      name: line.filter((name) => /\p{L}/u.test(name)),
      time: fc.integer({ min: 1, max: 2_000_000_000 }),
      zone: fc.constantFrom('+0000', '-0930', '+1400'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 4 }), async (commits) => {
        const repository = await Repository.create()
        const kept = commits.filter(
          ({ file, text }, at) =>
            file.endsWith('.txt') &&
            commits.findLast((each, before) => before < at && each.file === file)?.text !== text,
        )
        for (const { file, text, message, name, time, zone } of kept) {
          repository.write(file, text)
          repository.commit(message, { name, time: `${time} ${zone}` })
        }
        if (kept.length === 0) return
        await using storage = new MemoryStorage()
        const totals = await importInto(storage, repository.path)
        expect(totals).toMatchObject({ created: kept.length, refused: 0, skipped: 0 })
        const to = await target()
        await exportPrompts({ storage, format: 'git', to })
        expect(sorted(new Repository(to).history())).toEqual(sorted(repository.history()))
      }),
      { numRuns: 10 },
    )
  })

  it('gives every version of a store again, with labels and tags, and what no file of git says', async () => {
    await using storage = new MemoryStorage({ allowPrerelease: true })
    const registry = new PromptRegistry({ storage })
    await registry.publish('a', { text: 'one', context: { x: 1 } }, { author: 'ada', tags: ['t'] })
    await registry.publish('a', { text: 'two' }, { labels: ['production'], message: '\n---\n' })
    await registry.publish('A/é', { messages: [{ role: 'user', content: [{ text: 'x' }] }] })
    await storage.saveVersion({
      prompt_id: 'b',
      version: '1.0.0-beta.1',
      created_at: '1950-01-01T00:00:00.123Z',
      metadata: { author: ['not a text'], source: { format: 'git', commit: 3 } },
      prompt: { text: 'x' },
    })
    const to = await target()
    await exportPrompts({ storage, format: 'git', to })
    await using again = new MemoryStorage({ allowPrerelease: true })
    await importInto(again, to)
    expect(await contentsOf(again)).toEqual(await contentsOf(storage))
  })

  it('that is continued in the store is continued in git, in the files of before', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    repository.commit('One\n')
    await using storage = new MemoryStorage()
    await importInto(storage, repository.path)
    const to = await target()
    await exportPrompts({ storage, format: 'git', to })
    const tip = new Repository(to).git('rev-parse', 'main')
    const registry = new PromptRegistry({ storage })
    await registry.publish('a', { text: 'two' }, { author: 'Bob <b@c>', message: 'Two' })
    await registry.publish('a', { text: 'two', config: { x: 1 } }, { labels: ['production'] })
    await exportPrompts({ storage, format: 'git', to })
    const exported = new Repository(to)
    expect(exported.git('rev-parse', 'main~3')).toBe(tip)
    expect(exported.git('log', '--reverse', '--format=%an %s', 'main')).toBe(
      'Ada One\nBob Two\nunknown Remove a.txt\nunknown a 1.1.0\n',
    )
    await using again = new MemoryStorage()
    await importInto(again, to)
    expect(await contentsOf(again)).toEqual(await contentsOf(storage))
  })

  it('with a prompt that was removed and added again has both versions', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'same')
    repository.commit('One\n')
    repository.remove('a.txt')
    repository.commit('Two\n')
    repository.write('a.txt', 'same')
    repository.commit('Three\n')
    await using storage = new MemoryStorage()
    expect(await importInto(storage, repository.path)).toMatchObject({ created: 2, skipped: 1 })
    const to = await target()
    await exportPrompts({ storage, format: 'git', to })
    await using again = new MemoryStorage()
    await importInto(again, to)
    expect(await contentsOf(again)).toEqual(await contentsOf(storage))
  })

  it('has the labels of the store: those that moved are moved, those that are gone are removed', async () => {
    await using storage = new MemoryStorage()
    const registry = new PromptRegistry({ storage })
    await registry.publish('a', { text: 'one' }, { labels: ['production', 'old'] })
    await registry.publish('a', { text: 'two' })
    const to = await target()
    await exportPrompts({ storage, format: 'git', to })
    new Repository(to).git('tag', 'mine@kept', 'main')
    await registry.label('a', 'production', '1.0.1')
    await registry.unlabel('a', 'old')
    expect((await exportPrompts({ storage, format: 'git', to })).totals.written).toBe(2)
    const repository = new Repository(to)
    expect(repository.git('tag').trim().split('\n')).toEqual([
      'a@1.0.0',
      'a@1.0.1',
      'a@production',
      'mine@kept',
    ])
    expect(repository.git('rev-parse', 'a@production')).toBe(repository.git('rev-parse', 'main'))
  })

  it('is not written over other commits, a checked-out branch, or other files', async () => {
    await using storage = new MemoryStorage()
    await new PromptRegistry({ storage }).publish('a', { text: 'one' })
    const repository = await Repository.create()
    repository.write('a.txt', 'one')
    const tip = repository.commit('One')
    mkdirSync(join(repository.path, 'sub'))
    writeFileSync(join(repository.path, 'sub/file'), '')
    const files = await tempDirectory()
    writeFileSync(join(files, 'file'), '')
    const refusal = async (to: string, branch?: string): Promise<unknown> =>
      await exportPrompts({ storage, format: 'git', to, branch }).catch((error: unknown) => error)
    expect(await refusal(repository.path)).toMatchObject({
      code: 'OPT-FORMAT-002',
      message: expect.stringContaining('The branch main is checked out'),
    })
    repository.git('branch', 'other')
    expect(await refusal(repository.path, 'other')).toMatchObject({
      code: 'OPT-FORMAT-002',
      message: expect.stringContaining('has commits that are not in the store'),
    })
    expect(await refusal(join(repository.path, 'sub'))).toMatchObject({
      code: 'OPT-FORMAT-002',
      message: expect.stringContaining('is inside a repository'),
    })
    expect(await refusal(files)).toMatchObject({
      code: 'OPT-FORMAT-002',
      message: expect.stringContaining('is not empty, and not a git repository'),
    })
    expect(repository.git('for-each-ref', '--format=%(refname) %(objectname)')).toBe(
      `refs/heads/main ${tip}\nrefs/heads/other ${tip}\n`,
    )
    await exportPrompts({ storage, format: 'git', to: repository.path, branch: 'prompts' })
    expect(repository.git('log', '--format=%s', 'prompts')).toBe('a 1.0.0\n')
  })

  it('is not made for an empty store', async () => {
    await using storage = new MemoryStorage()
    const to = await target()
    expect((await exportPrompts({ storage, format: 'git', to })).items).toEqual([])
    expect(() => new Repository(to).git('log')).toThrow()
  })

  it('has branches with names that git allows', async () => {
    await checkBranch('feature/x')
    for (const branch of ['', 'a b', 'a..b', 'x.lock'])
      await expect(checkBranch(branch)).rejects.toThrow(
        'Option "branch" must be the name of a branch',
      )
  })
})

/** Commits of several prompts may come in another order, if their times are equal or go back. */
function sorted(history: readonly unknown[]): string[] {
  return history.map((commit) => JSON.stringify({ ...(commit as object), files: undefined })).sort()
}
