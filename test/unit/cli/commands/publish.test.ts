import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast publish', () => {
  it('stores the next version by what changed, and says whether it is new', async () => {
    const dir = join(await tempDirectory(), 'store')
    const publish = async (text: string, ...argv: string[]) =>
      await holdfast(['publish', 'p', '--text', text, ...argv, '--dir', dir])
    expect(await publish('Hello')).toEqual({
      code: 0,
      stdout: '1.0.0\n',
      stderr: 'Published version 1.0.0 of p\n',
    })
    expect((await publish('Hello!')).stdout).toBe('1.0.1\n')
    expect((await publish('Hello {{name}}!')).stdout).toBe('1.1.0\n')
    expect((await publish('Hello {{name}}!')).stderr).toBe(
      'Unchanged: version 1.1.0 of p has this content\n',
    )
    expect((await publish('Hello!')).stdout).toBe('2.0.0\n')
    expect((await publish('Hello.', '--bump', 'major')).stdout).toBe('3.0.0\n')
  })

  it('does not give the number of a deleted version again', async () => {
    const dir = await tempDirectory()
    for (const text of ['a', 'b']) await holdfast(['publish', 'p', '--text', text, '--dir', dir])
    await holdfast(['delete', 'p', '1.0.1', '--yes', '--dir', dir])
    const { document } = await holdfastJson(['publish', 'p', '--text', 'b', '--dir', dir])
    expect(document).toEqual({
      prompt_id: 'p',
      version: '1.0.2',
      created: true,
      path: join(dir, 'p', '1.0.2.json'),
    })
  })

  it('reads a file and standard input, and keeps what else the prompt has', async () => {
    const dir = await filled()
    const file = join(await tempDirectory(), 'text.txt')
    await writeFile(file, 'From a file {{who}}\n')
    await holdfast(['publish', 'Greeting', file, '--dir', dir])
    const { document } = await holdfastJson(['get', 'Greeting', '--dir', dir])
    expect(document).toMatchObject({
      version: '2.1.0',
      parent_version: '2.0.0',
      prompt: {
        text: 'From a file {{who}}\n',
        workflow_id: 'w',
        role: 'user',
        variables: ['who'],
      },
    })
    for (const argv of [[], ['-']])
      expect(
        (await holdfast(['publish', 'Greeting', ...argv, '--dir', dir], { input: 'typed' })).code,
      ).toBe(0)
    expect((await holdfast(['get', 'Greeting', '--text', '--dir', dir])).stdout).toBe('typed')
  })

  it('records message, author, parent, metadata, labels and tags in one call', async () => {
    const dir = await filled()
    const options = {
      '--message': 'Shorter',
      '--author': 'ada',
      '--parent': '^1',
      '--metadata': '{"ticket":7}',
      '--label': 'staging',
      '--tag': 'short one',
      '--role': 'system',
    }
    const argv = Object.entries(options).flat()
    const more = ['--label', 'canary', '--tag', 'en']
    await holdfast(['publish', 'Greeting', '--text', 'Hi', ...argv, ...more, '--dir', dir])
    const { document } = await holdfastJson(['get', 'Greeting@canary', '--dir', dir])
    expect(document).toMatchObject({
      version: '2.1.0',
      parent_version: '1.1.0',
      metadata: { message: 'Shorter', author: 'ada', ticket: 7 },
      prompt: { role: 'system' },
    })
    const labels = await holdfastJson(['label', 'ls', 'Greeting', '--dir', dir])
    expect(labels.document).toMatchObject({
      labels: [
        { label: 'canary', version: '2.1.0', by: 'ada', reason: 'Shorter' },
        { label: 'staging', version: '2.1.0' },
      ],
    })
  })

  it('publishes messages with their configuration', async () => {
    const dir = await tempDirectory()
    const prompt = { messages: [{ role: 'user', content: 'Hi' }], config: { temperature: 0 } }
    const argv = ['publish', 'chat', '--prompt', '--parent', 'none', '--dir', dir]
    for (const [created, version] of [
      [true, '1.0.0'],
      [false, '1.0.0'],
    ]) {
      const published = await holdfastJson(argv, { input: JSON.stringify(prompt) })
      expect(published.document).toMatchObject({ created, version })
    }
    const { document } = await holdfastJson(['get', 'chat', '--dir', dir])
    expect(document).toMatchObject({ parent_version: null, prompt })
  })

  it.each([
    [['p', 'file', '--text', 'a'], 'Either --text or a file'],
    [['p', '--prompt', '--text', 'a'], '--prompt reads a file'],
    [['p', '--text', 'a', '--label', 'Live'], "did you mean 'live'?"],
    [['p', '--text', 'a', '--label', 'latest'], 'reserved'],
    [['p', '--text', 'a', '--tag', ' '], 'must be a tag'],
    [['p', '--text', 'a', '--parent', 'what?'], 'such as @production'],
    [['p', '--text', 'a', '--metadata', '[]'], '--metadata must be a JSON object'],
    [['p', '--text', ' '], 'not blank'],
    [['', '--text', 'a'], 'promptId'],
    [['p', '--prompt'], 'must be a JSON object'],
  ])('ends with 2 for %j, and leaves no store behind', async (argv, told) => {
    const dir = join(await tempDirectory(), 'store')
    const { code, stderr } = await holdfast(['publish', ...argv, '--dir', dir], { input: 'no' })
    expect(stderr).toContain(told)
    expect(code).toBe(2)
    await expect(access(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends with 3 for a parent that does not exist, and stores nothing', async () => {
    const dir = await filled()
    const argv = ['publish', 'Greeting', '--text', 'new', '--parent', '@live', '--dir', dir]
    const { code, stderr } = await holdfast(argv)
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('has no label @live; versions: 1.0'),
    ])
    expect((await holdfast(['latest', 'Greeting', '--dir', dir])).stdout).toBe('2.0.0\n')
  })
})
