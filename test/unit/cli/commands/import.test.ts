import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../../../src/cli/table.js'
import { WORKFLOW_DIRECTORY } from '../../optimizer/workflow-files.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

describe('holdfast import', () => {
  it('imports the real workflows once, and nothing the second time', async () => {
    const dir = await tempDirectory()
    const first = await holdfastJson(['import', '--dir', dir, WORKFLOW_DIRECTORY])
    expect(first.code).toBe(0)
    expect(first.document).toMatchObject({
      totals: { files: 12, refused: 0, created: 117, updated: 0, unchanged: 0, skipped_empty: 3 },
    })
    const second = await holdfastJson(['import', '--dir', dir, WORKFLOW_DIRECTORY])
    expect(second.document).toMatchObject({
      totals: { files: 12, refused: 0, created: 0, updated: 0, unchanged: 117, skipped_empty: 3 },
    })
    const ids = (await holdfast(['ids', '--dir', dir])).stdout.trimEnd().split('\n')
    expect(ids).toHaveLength(117)
    expect(ids).toContain('llm→o1_llm')
  })

  it('gives a prompt that changed in a copy its next patch version', async () => {
    const dir = await tempDirectory()
    const copy = join(await tempDirectory(), 'dify')
    await cp(WORKFLOW_DIRECTORY, copy, { recursive: true })
    await holdfast(['import', '--dir', dir, copy])
    const file = join(copy, 'Artifact.yml')
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('你是一个小助手', '你是一个好助手'),
    )
    const { document } = await holdfastJson(['import', '--dir', dir, copy])
    expect(document).toMatchObject({ totals: { created: 0, updated: 1, unchanged: 116 } })
    const text = await holdfast(['get', 'Artifact_llm', '--dir', dir, '--text'])
    expect(text.stdout).toBe('你是一个好助手')
    expect((await holdfast(['latest', 'Artifact_llm', '--dir', dir])).stdout).toBe('1.0.1\n')
    const before = await holdfast(['get', 'Artifact_llm', '1.0.0', '--dir', dir, '--text'])
    expect(before.stdout).toBe('你是一个小助手')
  })

  it('prints a table that fits in 80 columns, Chinese names included', async () => {
    const dir = await tempDirectory()
    const { code, stdout, stderr } = await holdfast(['import', '--dir', dir, WORKFLOW_DIRECTORY])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(new Set(lines.map(displayWidth)).size).toBe(1)
    expect(displayWidth(lines[0] ?? '')).toBeLessThanOrEqual(80)
    expect(stdout).toContain('完蛋！我被LLM包围了！')
    expect(stderr).toContain('117 new, 0 changed, 0 unchanged, 3 empty, 0 of 12 files refused')
    expect(stderr).toContain('empty, not stored: 完蛋！我被LLM包围了！_1735195760496_0')
  })

  it('refuses what is not a workflow, imports the rest and ends with 1', async () => {
    const dir = await tempDirectory()
    const files = await tempDirectory()
    await writeFile(join(files, 'broken.yml'), 'a: [1, 2')
    await writeFile(join(files, 'compose.yaml'), 'services: {}')
    await mkdir(join(files, 'directory.yml'))
    const good = join(WORKFLOW_DIRECTORY, 'Artifact.yml')
    const missing = join(files, 'missing.yml')
    const { code, document } = await holdfastJson(['import', '--dir', dir, files, good, missing])
    expect(code).toBe(1)
    expect(document).toMatchObject({
      files: [
        { refused: expect.stringContaining('cannot be parsed as YAML') },
        {
          refused: expect.stringContaining('is not a Dify workflow: it has no "workflow" mapping'),
        },
        {
          workflow: 'Artifact',
          created: 2,
          prompts: [
            { prompt_id: 'Artifact_llm', version: '1.0.0', outcome: 'created' },
            { prompt_id: 'Artifact_llm_query', version: '1.0.0', outcome: 'created' },
          ],
        },
        {
          file: missing,
          refused: expect.stringContaining('cannot be read: there is no such file'),
        },
      ],
      totals: { files: 4, refused: 3, created: 2 },
    })
    const human = await holdfast(['import', '--dir', dir, files])
    expect(human.code).toBe(1)
    expect(human.stderr).toContain('warning refused: ')
  })

  it('reads a workflow from standard input', async () => {
    const dir = await tempDirectory()
    const input = await readFile(join(WORKFLOW_DIRECTORY, 'Artifact.yml'))
    const { code, document } = await holdfastJson(['import', '-', '--dir', dir], { input })
    expect(code).toBe(0)
    expect(document).toMatchObject({ totals: { created: 2 } })
  })

  it('counts a file that is named twice once', async () => {
    const dir = await tempDirectory()
    const file = join(WORKFLOW_DIRECTORY, 'Artifact.yml')
    const { document } = await holdfastJson(['import', '--dir', dir, file, file])
    expect(document).toMatchObject({ totals: { files: 1, created: 2, refused: 0 } })
  })

  it('refuses another app of a name, and takes it under an id of its own', async () => {
    const dir = await tempDirectory()
    const files = await tempDirectory()
    const [one, two] = [join(files, 'one.yml'), join(files, 'two.yml')]
    await writeFile(one, app('bot', 'llm', 'first'))
    await writeFile(two, app('bot', 'llm', 'second'))
    expect((await holdfast(['import', '--dir', dir, one])).code).toBe(0)
    const refused = await holdfast(['import', '--dir', dir, two])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('is not recognised as the app "bot" in the store')
    expect(refused.stderr).toContain('--workflow-id')
    // The id that the message names leads to a message that says why it does not help.
    const again = await holdfast(['import', '--dir', dir, '--workflow-id', 'bot', two])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('give it another id (--workflow-id')
    const own = await holdfastJson(['import', '--dir', dir, '--workflow-id', 'bot 2', two])
    expect(own.document).toMatchObject({ files: [{ workflow: 'bot 2', created: 1 }] })
    const same = await holdfastJson(['import', '--dir', dir, '--same-app', two])
    expect(same.document).toMatchObject({ files: [{ workflow: 'bot', updated: 1 }] })
  })

  it('says who made the versions, and refuses an author without a name before a store is made', async () => {
    const dir = join(await tempDirectory(), 'store')
    const file = join(await tempDirectory(), 'one.yml')
    await writeFile(file, app('bot', 'llm', 'first'))
    const refused = await holdfast(['import', '--dir', dir, '--author', '', file])
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'error CLI-USAGE-001 --author must not be empty\n',
    ])
    expect(existsSync(dir)).toBe(false)
    await holdfast(['import', '--dir', dir, '--author', 'ada', file])
    await writeFile(file, app('bot', 'llm', 'second'))
    await holdfast(['import', '--dir', dir, file])
    const { document } = await holdfastJson(['log', 'bot_llm', '--dir', dir])
    expect(document).toMatchObject({
      versions: [
        { version: '1.0.1', author: 'baseline' },
        { version: '1.0.0', author: 'ada' },
      ],
    })
    for (const flag of [['--author', 'ada'], ['--app-id', 'a'], ['--optional-texts']])
      expect(
        await holdfast(['import', '--dir', dir, '--format', 'json', ...flag, file]),
      ).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${flag[0]} is for workflows, and not for json`),
      })
  })

  it('refuses one id for several files, and a limit of no bytes', async () => {
    const dir = await tempDirectory()
    const several = await holdfast([
      'import',
      '--dir',
      dir,
      '--workflow-id',
      'x',
      WORKFLOW_DIRECTORY,
    ])
    expect(several.code).toBe(2)
    expect(several.stderr).toContain('--workflow-id takes one file, got 12')
    const none = await holdfast([
      'import',
      '--dir',
      dir,
      '--file-bytes-max',
      '0',
      WORKFLOW_DIRECTORY,
    ])
    expect(none.code).toBe(2)
  })

  it('tells which nodes have texts that are not imported', async () => {
    const dir = await tempDirectory()
    const file = join(WORKFLOW_DIRECTORY, 'llm2o1.cn.yml')
    const { stderr } = await holdfast(['import', '--dir', dir, file])
    expect(stderr).toContain('1 node has texts that are not imported (1 answer)')
    const { document } = await holdfastJson(['import', '--dir', dir, file])
    expect(document).toMatchObject({ totals: { not_imported_nodes: 1 } })
  })

  it('says what became of prompts and apps that are not as they were', async () => {
    const dir = await tempDirectory()
    const file = join(await tempDirectory(), 'bot.yml')
    await writeFile(file, app('bot', '1720506191043', 'first'))
    await holdfast(['import', '--dir', dir, file])
    await writeFile(file, app('new bot', '1720506191043', ''))
    const gone = await holdfast(['import', '--dir', dir, file])
    expect(gone.stderr).toContain('the app "new bot" is the workflow "bot" of the store')
    await writeFile(file, app('new bot', '1730000000000', 'Translate it.'))
    const other = await holdfast(['import', '--dir', dir, '--workflow-id', 'bot', file])
    expect(other.stderr).toContain('not in the workflow any more: bot_1720506191043')
    await writeFile(file, app('new bot', '1720506191043', 'first'))
    const back = await holdfast(['import', '--dir', dir, file])
    expect(back.stderr).toContain('in the workflow again: bot_1720506191043')
  })

  it('imports the texts for the user of an app if it is told to', async () => {
    const dir = await tempDirectory()
    const file = join(WORKFLOW_DIRECTORY, 'llm2o1.cn.yml')
    const { stderr } = await holdfast(['import', '--dir', dir, '--optional-texts', file])
    expect(stderr).toContain('7 new')
    expect(stderr).not.toContain('not imported')
  })

  it('is quiet when it is told to be', async () => {
    const dir = await tempDirectory()
    const { stderr } = await holdfast(['import', '--quiet', '--dir', dir, WORKFLOW_DIRECTORY])
    expect(stderr).toBe('')
  })
})

function app(name: string, node: string, text: string): string {
  const nodes = [{ id: node, data: { type: 'llm', prompt_template: { text } } }]
  return JSON.stringify({ app: { name }, workflow: { graph: { nodes } } })
}
