import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { holdfast } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'

const CHILD = join(import.meta.dirname, 'yaml.mjs')
/** Generous: what is quadratic takes many minutes. */
const DEADLINE_MS = 120_000

describe('hostile YAML', () => {
  it(
    'is refused however deep it is nested, without an abort of the process',
    { timeout: DEADLINE_MS },
    async () => {
      expect(await outcomes('nested', 9)).toEqual(Array.from({ length: 9 }, () => 'refused'))
    },
  )

  it('is refused in a time that grows with its length only', { timeout: DEADLINE_MS }, async () => {
    expect(await outcomes('long', 21)).toEqual(Array.from({ length: 21 }, () => 'refused'))
  })

  it('is refused by holdfast import, and the file beside it is imported', async () => {
    const files = await tempDirectory()
    await writeFile(join(files, 'deep.yml'), '- '.repeat(1000))
    await writeFile(join(files, 'deeper.yml'), '['.repeat(100_000))
    await writeFile(
      join(files, 'fine.yml'),
      '{app: {name: fine}, workflow: {graph: {nodes: [{id: n, data: {type: llm, prompt_template: {text: hi}}}]}}}',
    )
    const dir = await tempDirectory()
    const { code, stderr } = await holdfast(['import', '--dir', dir, files])
    expect(code).toBe(1)
    expect(stderr).toContain('deep.yml cannot be parsed as YAML: it is nested more than 100 levels')
    expect(stderr).toContain('1 new, 0 changed, 0 unchanged, 0 empty, 2 of 3 files refused')
  })
})

async function outcomes(which: string, count: number): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, which], {
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const lines = stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(count)
  return lines.map((line) => line.slice(line.lastIndexOf(': ') + 2))
}
