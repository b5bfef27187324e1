import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Interruption } from '../../../src/cli/errors.js'
import { run } from '../../../src/cli/run.js'
import { WORKFLOW_DIRECTORY } from '../optimizer/workflow-files.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment, runHere } from './environment.js'
import { document } from './holdfast.js'

describe('run', () => {
  it('takes a store through its whole life', async () => {
    const dir = await tempDirectory()
    const holdfast = async (
      argv: readonly string[],
      input = '',
    ): Promise<readonly [number, string]> => {
      const { code, stdout } = await runHere([...argv, '--dir', dir], { input })
      return [code, stdout]
    }
    expect(
      await holdfast(['import', join(WORKFLOW_DIRECTORY, 'Artifact.yml'), '--quiet']),
    ).toMatchObject([0, /Artifact/])
    expect(await holdfast(['save'], document('p', '1.0.0', 'one'))).toEqual([0, '1.0.0\n'])
    expect(
      await holdfast(['save', '--prompt-id', 'p', '--text-file', '-', '--bump', 'minor'], 'two'),
    ).toEqual([0, '1.1.0\n'])
    expect(await holdfast(['ids'])).toEqual([0, 'Artifact_llm\nArtifact_llm_query\np\n'])
    expect(await holdfast(['latest', 'p'])).toEqual([0, '1.1.0\n'])
    expect(await holdfast(['get', 'p', '1.0.0', '--text'])).toEqual([0, 'one'])
    expect(await holdfast(['list', 'p', '--newest-first', '--limit', '1'])).toMatchObject([
      0,
      /1\.1\.0/,
    ])
    expect(await holdfast(['delete', 'p', '1.1.0', '--yes', '--trash'])).toEqual([0, ''])
    expect(await holdfast(['latest', 'p'])).toEqual([0, '1.0.0\n'])
    expect(await holdfast(['restore', 'p', '1.1.0'])).toEqual([0, ''])
    expect(await holdfast(['reindex', '--json'])).toEqual([
      0,
      '{\n  "prompts": 4,\n  "versions": 5\n}\n',
    ])
    expect(await holdfast(['verify'])).toEqual([0, ''])
    expect(await holdfast(['stats'])).toMatchObject([0, /total versions +│ 4/])
    expect(await holdfast(['doctor'])).toMatchObject([0, /storage dir/])
    const file = join(dir, 'p', '1.0.0.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('one', 'uno'))
    expect(await holdfast(['verify'])).toMatchObject([5, /checksum-mismatch/])
    expect(await holdfast(['get', 'p', '1.0.0'])).toEqual([5, ''])
  })

  it('prints its version without touching a store', async () => {
    expect(await runHere(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^holdfast \d/),
    })
    expect(JSON.parse((await runHere(['--json', '--version'])).stdout)).toMatchObject({
      name: 'holdfast',
    })
  })

  it('ends with the status of the signal when it is interrupted before the store is open', async () => {
    const dir = await tempDirectory()
    const { environment, controller, stderr } = createEnvironment({ argv: ['ids', '--dir', dir] })
    controller.abort(new Interruption('SIGTERM', 143))
    expect(await run(environment)).toBe(143)
    expect(stderr()).toBe('error CLI-INTERRUPTED-001 Ended by SIGTERM\n')
  })

  it('warns on a terminal in colour about what it refuses', async () => {
    const dir = await tempDirectory()
    const { code, stderr } = await runHere(['import', '-', '--dir', dir], {
      input: 'a: [1',
      isTTY: true,
    })
    expect(code).toBe(1)
    expect(stderr).toContain('\u001b[33mwarning\u001b[39m refused: - cannot be parsed as YAML')
  })
})
