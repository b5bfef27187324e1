import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

/** 1.0.0 and two versions made from it; the text of the second one decides whether they can be merged. */
async function forked(theirs: string): Promise<string> {
  const dir = await tempDirectory()
  for (const [at, text] of ['one\n\ntwo\n', 'ONE\n\ntwo\n', theirs].entries()) {
    const parent = at === 0 ? 'none' : '1.0.0'
    await holdfast(['publish', 'p', '--text', text, '--parent', parent, '--dir', dir])
  }
  return dir
}

const MERGE = ['merge', 'p', '1.0.0', '1.0.1', 'latest']

describe('holdfast merge', () => {
  it('prints the result, and stores nothing', async () => {
    const dir = await forked('one\n\nTWO\n')
    const merged = await holdfast([...MERGE, '--dir', dir])
    expect(merged).toEqual({ code: 0, stdout: 'ONE\n\nTWO\n', stderr: '' })
    expect(await holdfastJson([...MERGE, '--dir', dir])).toMatchObject({
      code: 0,
      document: {
        prompt_id: 'p',
        base: '1.0.0',
        ours: '1.0.1',
        theirs: '1.0.2',
        merged: { id: 'p', text: 'ONE\n\nTWO\n' },
        conflicts: [],
      },
    })
    expect((await holdfast(['latest', 'p', '--dir', dir])).stdout).toBe('1.0.2\n')
  })

  it('publishes the result, made from our side', async () => {
    const dir = await forked('one\n\nTWO\n')
    const options = ['--label', 'live', '--author', 'ada', '--bump', 'minor']
    const published = await holdfast([...MERGE, '--publish', ...options, '--dir', dir])
    expect(published.stdout).toBe('1.1.0\n')
    const { document } = await holdfastJson(['get', 'p@live', '--dir', dir])
    expect(document).toMatchObject({
      parent_version: '1.0.1',
      metadata: { author: 'ada', message: 'Merge 1.0.1 and 1.0.2' },
      prompt: { text: 'ONE\n\nTWO\n' },
    })
  })

  it('prints conflicts and ends with 4, and publishes nothing', async () => {
    const dir = await forked('Eins\n\ntwo\n')
    for (const options of [[], ['--publish'], ['--quiet']]) {
      const { code, stdout, stderr } = await holdfast([...MERGE, ...options, '--dir', dir])
      expect([code, stdout]).toEqual([4, ''])
      expect(stderr).toBe(
        'Conflict at /text\n<<<<<<< 1.0.1\nONE\n||||||| 1.0.0\none\n=======\nEins\n>>>>>>> 1.0.2\n',
      )
    }
    const { code, document } = await holdfastJson([...MERGE, '--publish', '--dir', dir])
    expect([code, document]).toMatchObject([
      4,
      { merged: null, conflicts: [{ path: '/text', lines: [{ ours: 'ONE\n' }] }] },
    ])
    expect((await holdfast(['latest', 'p', '--dir', dir])).stdout).toBe('1.0.2\n')
  })

  it('prints merged messages as JSON', async () => {
    const dir = await tempDirectory()
    for (const [system, user] of [
      ['a', 'b'],
      ['A', 'b'],
      ['a', 'B'],
    ]) {
      const messages = [
        { role: 'system', content: system },
        { role: 'user', content: user },
      ]
      const input = JSON.stringify({ messages })
      await holdfast(['publish', 'p', '--prompt', '--dir', dir], { input })
    }
    const { stdout } = await holdfast([...MERGE, '--dir', dir])
    expect(JSON.parse(stdout)).toMatchObject({ messages: [{ content: 'A' }, { content: 'B' }] })
  })

  it.each([
    [['p', '1.0.0', '1.0.1', '9.0.0'], 3, 'has no version 9.0.0'],
    [['p', '1.0.0', '1.0.1', '@live'], 3, 'has no label @live'],
    [['q', '1.0.0', '1.0.1', '1.0.2'], 3, 'There is no prompt q'],
    [['p', '1.0.0', '1.0.1', '1.0.2', '--label', 'live'], 2, 'need --publish'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const dir = await forked('one\n\nTWO\n')
    const { code, stderr } = await holdfast(['merge', ...argv, '--dir', dir])
    expect(stderr).toContain(told)
    expect(code).toBe(status)
  })
})
