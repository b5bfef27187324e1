import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  definitionOf,
  readDefinition,
  storedDefinition,
} from '../../../../src/optimizer/run/run-definition.js'
import { tempDirectory } from '../../../support/temp.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

async function files(data: unknown = { file: 'cases.jsonl' }, count = 30): Promise<string> {
  const directory = await tempDirectory()
  await writeFile(join(directory, 'flow.yml'), workflowWith('Answer.'))
  const cases = Array.from({ length: count }, (_, at) => ({
    id: `c${at}`,
    inputs: { text: `${at}` },
  }))
  await writeFile(
    join(directory, 'cases.jsonl'),
    cases.map((each) => `${JSON.stringify(each)}\n`).join(''),
  )
  const config = join(directory, 'run.json')
  await writeFile(
    config,
    JSON.stringify({
      workflow: 'flow.yml',
      target: { type: 'model', model: 'm' },
      models: { m: { base_url: 'http://127.0.0.1:1/v1', model: 'm' } },
      proposer: { model: 'm' },
      data,
      budget: { calls: 100 },
    }),
  )
  return config
}

describe('the definition of a run', () => {
  it('has the file and the cases, each in one set, and is the same when it was stored', async () => {
    const definition = await readDefinition(await files())
    const { train, validation, held_out: heldOut, anchors } = definition.cases
    const ids = [train, validation, heldOut].flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(30)
    expect(anchors).toEqual([])
    const stored = JSON.parse(JSON.stringify(storedDefinition(definition))) as unknown
    expect(definitionOf(stored).digest).toBe(definition.digest)
    expect((await readDefinition(await files())).digest).toBe(definition.digest)
  })

  it('is another one with other shares', async () => {
    const split = { train: 0.5, validation: 0.25, held_out: 0.25 }
    const [one, other] = await Promise.all([
      readDefinition(await files()),
      readDefinition(await files({ file: 'cases.jsonl', split })),
    ])
    expect(one.digest).not.toBe(other.digest)
  })

  it('is refused without cases, and without its files', async () => {
    await expect(readDefinition(await files(undefined, 1))).rejects.toThrow(/has no case/)
    await expect(readDefinition(await files({ file: 'missing.jsonl' }))).rejects.toMatchObject({
      code: 'OPT-SVC-004',
    })
    expect(() => definitionOf({ config: {} })).toThrow(/not the definition of a run/)
  })
})
