import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { WORKFLOW_DIRECTORY } from '../../optimizer/workflow-files.js'
import { holdfast, holdfastJson } from '../here.js'

/** A workflow with one error, and text that would control a terminal in it. */
async function wrongFile(): Promise<string> {
  const file = join(await tempDirectory(), 'wrong.yml')
  await writeFile(
    file,
    `app: {name: wrong, mode: workflow}
workflow:
  graph:
    nodes:
    - id: start
      data: {type: start, title: "Start", variables: []}
    - id: llm
      data:
        type: llm
        title: "Write \\e[31m"
        prompt_template:
        - role: system
          text: "Answer {{#nowhere.text#}} well."
    edges:
    - {source: start, target: llm}
`,
  )
  return file
}

describe('holdfast optimize lint', () => {
  it('prints findings with their places, and ends with 1 for an error', async () => {
    const file = await wrongFile()
    const { code, stdout, stderr } = await holdfast(['optimize', 'lint', file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ {2}13:\d+ {2}error {2}unresolvable-reference/m)
    expect(stdout + stderr).not.toContain('\u001b')
    expect(stderr).toContain('1 error, 0 warnings, 0 notes in 1 file, 0 refused')
  })

  it('prints one finding on each line for other programs', async () => {
    const file = await wrongFile()
    const { stdout } = await holdfast(['optimize', 'lint', file, '--format', 'lines'])
    expect(stdout).toMatch(/^.*wrong\.yml:13:\d+ error unresolvable-reference \S.*\n$/)
  })

  it('takes other levels from the command line and from a file', async () => {
    const file = await wrongFile()
    const off = 'unresolvable-reference=off'
    expect((await holdfast(['optimize', 'lint', file, '--rule', off])).code).toBe(0)
    const rules = join(await tempDirectory(), 'rules.yaml')
    await writeFile(rules, 'rules: {unresolvable-reference: warning}\n')
    const args = ['optimize', 'lint', file, '--rules-file', rules]
    expect((await holdfast(args)).code).toBe(0)
    expect((await holdfast([...args, '--max-warnings', '0'])).code).toBe(1)
    const unknown = await holdfast([
      'optimize',
      'lint',
      file,
      '--rule',
      'unresolvable-referenc=off',
    ])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('unresolvable-reference')
    expect((await holdfast(['optimize', 'lint', file, '--rule', 'off'])).code).toBe(2)
  })

  it('prints JSON, and SARIF with the place of each finding', async () => {
    const file = await wrongFile()
    const json = await holdfastJson(['optimize', 'lint', file])
    expect(json.document).toMatchObject({ totals: { errors: 1 }, findings: [{ line: 13 }] })
    const { stdout } = await holdfast(['optimize', 'lint', file, '--format', 'sarif'])
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'unresolvable-reference', level: 'error' }] }],
    })
    expect((await holdfast(['optimize', 'lint', file, '--format', 'sarif', '--json'])).code).toBe(2)
  })

  it('finds that a file is not YAML, with its place in every format, and checks the others', async () => {
    const bad = join(await tempDirectory(), 'bad.yml')
    await writeFile(bad, 'a: 1\nb: [1')
    const args = ['optimize', 'lint', bad, WORKFLOW_DIRECTORY]
    const { code, stdout, stderr } = await holdfast(args)
    expect(code).toBe(1)
    expect(stdout).toMatch(/bad\.yml\n {2}2:6 {2}error {2}invalid-yaml\n/)
    expect(stderr).toMatch(/^1 error, .* in 13 files, 0 refused$/m)
    const lines = await holdfast([...args, '--format', 'lines'])
    expect(lines.stdout).toMatch(/^.*bad\.yml:2:6 error invalid-yaml \S/m)
    const sarif = await holdfast([...args, '--format', 'sarif'])
    const region = { startLine: 2, startColumn: 6 }
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      runs: [
        {
          results: expect.arrayContaining([
            expect.objectContaining({
              ruleId: 'invalid-yaml',
              level: 'error',
              locations: [
                expect.objectContaining({
                  physicalLocation: expect.objectContaining({ region }),
                }),
              ],
            }),
          ]),
        },
      ],
    })
    const { document } = await holdfastJson(args)
    expect(document).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ rule: 'invalid-yaml' })]),
      refused: [],
      totals: { files: 13, refused: 0 },
    })
  })

  it('may leave out files that are something else', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'compose.yml'), 'services: {}\n')
    const args = ['optimize', 'lint', directory]
    expect((await holdfast(args)).stdout).toContain('1:1  error  not-importable')
    expect((await holdfast([...args, '--rule', 'not-importable=off'])).code).toBe(0)
  })

  it('names a file that cannot be read, and checks the others', async () => {
    const args = ['optimize', 'lint', join(await tempDirectory(), 'none.yml'), WORKFLOW_DIRECTORY]
    const { code, stderr } = await holdfast(args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/refused: .*none\.yml cannot be read: there is no such file/)
    expect(stderr).toMatch(/in 12 files, 1 refused/)
  })
})
