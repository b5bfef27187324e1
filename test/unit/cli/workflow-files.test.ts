import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Session } from '../../../src/cli/session.js'
import { readWorkflowFile, readWorkflowFiles } from '../../../src/cli/workflow-files.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

const FLOW = 'app: {name: flow, mode: workflow}\nworkflow: {graph: {nodes: [], edges: []}}\n'

function session(input = ''): Session {
  return new Session(createEnvironment({ input }).environment)
}

describe('the workflows that arguments stand for', () => {
  it('are files, those of directories, and standard input, each once', async () => {
    const directory = await tempDirectory()
    const [one, other] = [join(directory, 'one.yml'), join(directory, 'other.yaml')]
    for (const file of [one, other]) await writeFile(file, FLOW)
    await writeFile(join(directory, 'notes.txt'), 'no workflow')
    const { files, refused } = await readWorkflowFiles(session(FLOW), [one, directory, '-'])
    expect(files.map(({ file }) => file)).toEqual([one, other, 'standard input'])
    expect(refused).toEqual([])
  })

  it('are read although others cannot be, which are named with the reason', async () => {
    const directory = await tempDirectory()
    const [good, bad] = [join(directory, 'good.yml'), join(directory, 'bad.yml')]
    await writeFile(good, FLOW)
    await writeFile(bad, 'a: [1, 2')
    const empty = join(directory, 'empty')
    await mkdir(empty)
    const missing = join(directory, 'missing.yml')
    const found = await readWorkflowFiles(session(), [bad, empty, missing, good])
    expect(found.files.map(({ file }) => file)).toEqual([good])
    expect(found.refused.map(({ file }) => file)).toEqual([bad, empty, missing])
    expect(found.refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('cannot be parsed'),
      expect.stringContaining('without *.yml'),
      expect.stringContaining('there is no such file'),
    ])
  })

  it('fail with the reason where one file is meant', async () => {
    await expect(readWorkflowFile(session('a: 1'), '-')).rejects.toMatchObject({
      code: 'OPT-EXT-010',
      message: expect.stringContaining('standard input') as string,
    })
  })
})
