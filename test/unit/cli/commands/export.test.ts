import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { Repository } from '../../interchange/git/repository.js'
import { filled, holdfast, holdfastJson } from '../here.js'

async function target(): Promise<string> {
  return join(await tempDirectory(), 'out')
}

describe('holdfast export', () => {
  it('writes a repository, which is unchanged the second time', async () => {
    const dir = await filled()
    const to = await target()
    const options = ['export', '--dir', dir, '--format', 'git', '--branch', 'prompts', to]
    const first = await holdfast(options)
    expect([first.code, first.stdout, first.stderr]).toEqual([
      0,
      '',
      '5 written, 0 unchanged, 0 refused\n',
    ])
    expect(new Repository(to).git('log', '--format=%an', 'prompts').trim().split('\n')).toEqual(
      Array.from({ length: 5 }, () => 'tester'),
    )
    expect((await holdfast(options)).stderr).toBe('0 written, 5 unchanged, 0 refused\n')
  })

  it('writes the prompts and versions that it is asked for', async () => {
    const dir = await filled()
    const to = await target()
    const chosen = ['--prompt', 'Greeting', '--reference', '^1']
    const { document } = await holdfastJson([
      'export',
      '--dir',
      dir,
      '--format',
      'json',
      ...chosen,
      to,
    ])
    expect(document).toEqual({
      items: [
        {
          prompt_id: 'Greeting',
          version: '1.1.0',
          outcome: 'written',
          path: 'Greeting/1.1.0.json',
        },
      ],
      totals: { written: 1, unchanged: 0, refused: 0 },
    })
    expect(await readdir(join(to, 'Greeting'))).toEqual(['1.1.0.json'])
  })

  it('says what a format does not hold', async () => {
    const dir = await filled()
    const { code, stderr } = await holdfast([
      'export',
      '--dir',
      dir,
      '--format',
      'dotprompt',
      await target(),
    ])
    expect(code).toBe(0)
    expect(stderr).toContain('Greeting 2.0.0: without workflow_id, node_id, node_type\n')
    const parts = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] })
    await holdfast(['publish', 'parts', '--prompt', '--dir', dir], { input: parts })
    const refused = await holdfast([
      'export',
      '--dir',
      dir,
      '--format',
      'langfuse',
      '--prompt',
      'parts',
      await target(),
    ])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('warning refused: parts 1.0.0: a message has more than')
  })

  it('replaces files with another content on request only, and writes nothing in a dry run', async () => {
    const dir = await filled()
    const to = await target()
    await writeFile(to, 'mine')
    const options = ['export', '--dir', dir, '--format', 'promptfoo', to]
    const refused = await holdfast(options)
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('error OPT-FORMAT-002 1 file has another content'),
    ])
    const dry = await holdfast([...options, '--overwrite', '--dry-run'])
    expect(dry.stderr).toContain('Nothing was written: 2 written')
    expect(await readFile(to, 'utf8')).toBe('mine')
    await holdfast([...options, '--overwrite'])
    expect(JSON.parse(await readFile(to, 'utf8'))).toMatchObject({ prompts: [{}, {}] })
  })

  it('needs a format, a target and a store', async () => {
    const dir = await filled()
    const usage = await holdfast(['export', '--dir', dir, 'x'])
    expect([usage.code, usage.stderr]).toEqual([2, expect.stringContaining('--format')])
    expect((await holdfast(['export', '--dir', dir, '--format', 'git'])).code).toBe(2)
    const branch = await holdfast([
      'export',
      '--dir',
      dir,
      '--format',
      'json',
      '--branch',
      'a',
      'x',
    ])
    expect(branch.code).toBe(2)
    const nowhere = ['export', '--dir', await tempDirectory(), '--format', 'json', 'x']
    expect((await holdfast(nowhere)).code).toBe(3)
  })
})
