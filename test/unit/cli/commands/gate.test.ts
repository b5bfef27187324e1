import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { workflowWith } from '../../../support/wrong-workflow.js'
import { holdfast, holdfastJson } from '../here.js'

const TEXT = 'Answer the question of the customer in two sentences. Name the source.'

async function files(): Promise<{ readonly flow: string; readonly baseline: string }> {
  const directory = await tempDirectory()
  const flow = join(directory, 'small.yml')
  await writeFile(flow, workflowWith(TEXT))
  return { flow, baseline: join(directory, 'gate.json') }
}

describe('holdfast gate', () => {
  it('passes what has not changed since the baseline', async () => {
    const { flow, baseline } = await files()
    const args = ['gate', flow, '--baseline', baseline]
    expect((await holdfast([...args, '--update'])).code).toBe(0)
    const { code, stdout, stderr } = await holdfast(args)
    expect(code).toBe(0)
    expect(stdout).toContain('### Prompts: nothing got worse')
    expect(stderr).toContain('Nothing got worse')
  })

  it('refuses a new error and a score that falls, and writes the comment into a file', async () => {
    const { flow, baseline } = await files()
    const args = ['gate', flow, '--baseline', baseline]
    await holdfast([...args, '--update'])
    await writeFile(flow, workflowWith('Maybe {{#nowhere.text#}} stuff etc.'))
    const comment = join(await tempDirectory(), 'comment.md')
    const { code, stdout } = await holdfast([...args, '--output', comment])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    const text = await readFile(comment, 'utf8')
    expect(text).toMatch(/\*\*refused\*\* `.*small\.yml:13:\d+` error unresolvable-reference/)
    expect(text).toMatch(/\*\*refused\*\* `.*small\.yml:13` `small_llm_0`/)
    const { document } = await holdfastJson(args)
    expect(document).toMatchObject({
      passed: false,
      files: [
        {
          is_new: false,
          new_findings: [{ is_refused: true }],
          scores: [{ is_refused: true }],
          mean_now: expect.any(Number),
        },
      ],
    })
    expect(JSON.stringify(document)).not.toMatch(/"[a-z]+[A-Z]\w*":|\d\.\d{7,}/)
    expect((await holdfast([...args, '--max-drop', '100', '--fail-on', 'error'])).code).toBe(1)
  })

  it('needs a baseline, and says how it is made', async () => {
    const { flow, baseline } = await files()
    expect((await holdfast(['gate', flow])).code).toBe(2)
    const missing = await holdfast(['gate', flow, '--baseline', baseline])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('there is no such file; --update writes it')
    await writeFile(baseline, '{')
    const cut = await holdfast(['gate', flow, '--baseline', baseline])
    expect(cut.stderr).toContain('gate.json: the baseline is not JSON; --update writes it')
    await writeFile(baseline, '{}')
    const { code, stderr } = await holdfast(['gate', flow, '--baseline', baseline])
    expect(code).toBe(1)
    expect(stderr).toContain('--update writes it')
  })

  it('refuses a file that is not a workflow, and makes no baseline of it', async () => {
    const { flow, baseline } = await files()
    await holdfast(['gate', flow, '--baseline', baseline, '--update'])
    await writeFile(flow, 'a: [1')
    const args = ['gate', flow, '--baseline', baseline]
    const { code, stdout } = await holdfast(args)
    expect(code).toBe(1)
    expect(stdout).toContain('**Files that cannot be read**')
    expect((await holdfast([...args, '--update'])).code).toBe(1)
  })
})
