import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkRunConfig, readRunConfig } from '../../../../src/optimizer/run/run-config.js'
import { tempDirectory } from '../../../support/temp.js'

const CONFIG = {
  workflow: 'flow.yml',
  target: { type: 'model', model: 'small' },
  models: { small: { base_url: 'http://127.0.0.1:1/v1', model: 'small-1' } },
  proposer: { model: 'small' },
  data: { file: 'cases.jsonl' },
  budget: { calls: 100 },
}

describe('the configuration of a run', () => {
  it('has defaults', () => {
    expect(checkRunConfig(CONFIG)).toMatchObject({
      task: '',
      target: { max_tokens: 1000, temperature: 0 },
      proposer: { temperature: 0.7, max_tokens: 4000 },
      evaluators: [],
      search: { seed: 0 },
      proof: {},
    })
  })

  it.each([
    [{ budjet: {} }, /did you mean "budget"/],
    [{ proposer: { model: 'large' } }, /"proposer.model" is wrong: expected the name of one of/],
    [{ target: { type: 'model', model: 'large' } }, /"target.model" is wrong/],
    [{ judge: { model: 'large' } }, /"judge.model" is wrong/],
    [
      {
        models: { ...CONFIG.models, dear: { base_url: 'http://127.0.0.1:2/v1', model: 'small-1' } },
      },
      /"models" is wrong: expected another "model"/,
    ],
    [{ data: { file: 'a', train: 'b' } }, /"data" is wrong: expected either "file"/],
    [{ data: { train: 'b' } }, /"data" is wrong/],
    [{ budget: { calls: 0 } }, /"budget.calls" is wrong/],
    [{ search: { algorithm: 'hill' } }, /"search.algorithm" is wrong/],
    [
      { models: { small: { ...CONFIG.models.small, api_key: 'secret-key' } } },
      /"models.small.api_key" is wrong: expected object, got text/,
    ],
  ])('is refused by the name of the key: %j', (change, message) => {
    expect(() => checkRunConfig({ ...CONFIG, ...change }, 'run.yaml')).toThrow(message)
  })

  it('does not show a secret that is in the wrong place', () => {
    const models = { small: { ...CONFIG.models.small, api_key: 'secret-key' } }
    expect(() => checkRunConfig({ ...CONFIG, models })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret-key') as string }),
    )
  })

  it('is read from YAML', async () => {
    const file = join(await tempDirectory(), 'run.yaml')
    await writeFile(file, JSON.stringify(CONFIG))
    expect(await readRunConfig(file)).toEqual(checkRunConfig(CONFIG))
  })
})
