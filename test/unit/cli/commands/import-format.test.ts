import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORMAT_NAMES } from '../../../../src/cli/commands/import-format.js'
import { tempDirectory } from '../../../support/temp.js'
import { Repository } from '../../interchange/git/repository.js'
import { holdfast, holdfastJson } from '../here.js'
import { ended, start } from '../holdfast.js'

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await tempDirectory()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}

async function place(): Promise<string> {
  return join(await tempDirectory(), 'prompts')
}

const PROMPT = { name: 'greeting', version: 2, prompt: 'Hi {{name}}', labels: ['production'] }

describe('holdfast import --format', () => {
  it('imports a repository, and nothing the second time', async () => {
    const repository = await Repository.create()
    repository.write('team/hi.txt', 'Hi')
    repository.commit('One')
    repository.write('team/hi.txt', 'Hello')
    repository.commit('Two')
    const dir = await place()
    const first = await holdfast(['import', '--dir', dir, '--format', 'git', repository.path])
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/│ team\/hi │ +2 │ +0 │ 1\.0\.1 +│/)
    expect(first.stderr).toBe('2 new, 0 unchanged, 0 skipped, 0 refused\n')
    const { code, document } = await holdfastJson([
      'import',
      '--dir',
      dir,
      '--format',
      'git',
      repository.path,
    ])
    expect(code).toBe(0)
    expect(document).toMatchObject({
      totals: { created: 0, unchanged: 2, skipped: 0, refused: 0 },
      items: [
        { prompt_id: 'team/hi', version: '1.0.0', outcome: 'unchanged' },
        { prompt_id: 'team/hi', version: '1.0.1', outcome: 'unchanged' },
      ],
    })
    const log = await holdfast(['log', 'team/hi', '--dir', dir])
    expect(log.stdout).toContain('Ada')
  })

  it('takes a revision and patterns of a repository', async () => {
    const repository = await Repository.create()
    repository.write('a.md', 'A')
    repository.commit('One')
    repository.git('tag', 'first')
    repository.write('a.md', 'B')
    repository.commit('Two')
    const options = ['--format', 'git', '--pattern', '*.md', '--pattern', '*.txt']
    const { document } = await holdfastJson([
      'import',
      '--dir',
      await place(),
      ...options,
      '--revision',
      'first',
      repository.path,
    ])
    expect(document).toMatchObject({ totals: { created: 1 } })
  })

  it('reports what does not fit with its place, imports the rest and ends with 1', async () => {
    const from = await tree({ 'a.json': '{"text":"Hi"}', 'sub/b.json': '{\n\n', 'c.json': '' })
    const { code, stderr } = await holdfast([
      'import',
      '--dir',
      await place(),
      '--format',
      'json',
      from,
    ])
    expect(code).toBe(1)
    expect(stderr).toBe(
      'skipped: c.json: it has no text\n' +
        'warning refused: sub/b.json:3: it is not JSON\n' +
        '1 new, 0 unchanged, 1 skipped, 1 refused\n',
    )
  })

  it('makes no store for what cannot be read, nor in a dry run', async () => {
    const from = await tree({ 'a.json': '{' })
    const dir = await place()
    const missing = await holdfast([
      'import',
      '--dir',
      dir,
      '--format',
      'json',
      join(from, 'missing'),
    ])
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('error OPT-FORMAT-001'),
    ])
    expect((await holdfast(['import', '--dir', dir, '--format', 'json', from])).code).toBe(1)
    const good = await tree({ 'a.prompt': 'Hi' })
    const dry = await holdfastJson(['import', '--dir', dir, '--format', 'dotprompt', '-n', good])
    expect(dry).toMatchObject({ code: 0, document: { dry_run: true, totals: { created: 1 } } })
    await expect(readdir(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('that is killed is continued by the next one, and leaves no version out', async () => {
    const repository = await Repository.create()
    repository.import(Array.from({ length: 1000 }, (_, at) => [`p${at % 20}.txt`, `text ${at}`]))
    const dir = await place()
    const options = ['import', '--dir', dir, '--format', 'git', repository.path]
    const killed = start(options)
    const end = ended(killed)
    while ((await readdir(dir).catch(() => [])).length < 3) await setTimeout(5)
    killed.kill('SIGKILL')
    // On a fast machine it may have ended by itself.
    expect(['SIGKILL', 0]).toContain((await end).code)
    const { document } = await holdfastJson(options)
    const { totals } = document as { totals: { created: number; unchanged: number } }
    expect(totals.created + totals.unchanged).toBe(1000)
    const { stdout } = await holdfast(['latest', 'p19', '--dir', dir])
    expect(stdout).toBe('1.0.49\n')
  })

  it('moves labels only on request, and never protected ones', async () => {
    const one = join(await tree({ 'p.json': JSON.stringify([PROMPT]) }), 'p.json')
    const two = { ...PROMPT, version: 3, prompt: 'Hello {{name}}' }
    const other = join(await tree({ 'p.json': JSON.stringify([two]) }), 'p.json')
    const dir = await place()
    const run = async (file: string, ...more: readonly string[]): Promise<string> =>
      (await holdfast(['import', '--dir', dir, '--format', 'langfuse', file, ...more])).stderr
    await run(one)
    expect(await run(other)).toContain(`label 'production' stays at version 2.0.0`)
    const env = { HOLDFAST_PROTECTED_LABELS: 'production' }
    const sealed = await holdfast(
      ['import', '--dir', dir, '--format', 'langfuse', other, '--move-labels'],
      { env },
    )
    expect(sealed.stderr).toContain(`label 'production' is not imported: it is protected`)
    await run(other, '--move-labels')
    const latest = await holdfast(['latest', 'greeting', '@production', '--dir', dir])
    expect(latest.stdout).toBe('3.0.0\n')
  })

  it.each([
    [['--format', 'xml'], `option '--format <format>' argument 'xml' is invalid`],
    [
      ['--format', 'json', '--workflow-id', 'a'],
      '--workflow-id is for workflows, and not for json',
    ],
    [['--format', 'git', '--file-bytes-max', '9'], '--file-bytes-max is for workflows'],
    [['--format', 'json', '--revision', 'a'], '--revision is for git, and not for json'],
    [['--format', 'langfuse', '--pattern', 'a'], '--pattern is for git, and not for langfuse'],
    [['--move-labels'], '--move-labels means nothing to workflows: add --format'],
    [['--format', 'dify', '--revision', 'a'], '--revision means nothing to workflows'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await holdfast(['import', '--dir', 'x', 'y', ...flags])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('knows the formats', () => {
    expect(FORMAT_NAMES).toEqual(['dify', 'json', 'dotprompt', 'git', 'langfuse', 'promptfoo'])
  })
})
