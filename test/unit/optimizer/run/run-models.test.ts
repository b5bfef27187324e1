import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkRunConfig, type RunConfig } from '../../../../src/optimizer/run/run-config.js'
import {
  networkModel,
  pricesOf,
  recordedModel,
  secretAt,
} from '../../../../src/optimizer/run/run-models.js'
import { tempDirectory } from '../../../support/temp.js'

const price = { prompt_per_million: 1, completion_per_million: 2 }
const CONFIG: RunConfig = checkRunConfig({
  workflow: 'flow.yml',
  target: { type: 'model', model: 'small' },
  models: {
    small: { base_url: 'http://127.0.0.1:1/v1', model: 'small-1', api_key: { env: 'KEY' }, price },
    free: { base_url: 'http://127.0.0.1:1/v1', model: 'free-1' },
  },
  proposer: { model: 'small' },
  data: { file: 'cases.jsonl' },
  budget: { calls: 100 },
})

describe('the models of a run', () => {
  it('are called by the names that the endpoint has, and have prices by them', async () => {
    expect((await networkModel(CONFIG, 'small', { KEY: 'k' })).name).toBe('small-1')
    expect(pricesOf(CONFIG)).toEqual({ 'small-1': price })
    await expect(networkModel(CONFIG, 'small', {})).rejects.toThrow(
      'Key "models.small.api_key" names the variable KEY, which is not set',
    )
    await expect(networkModel(CONFIG, 'large', {})).rejects.toThrow('no model "large"')
  })

  it('are not asked without a network', async () => {
    const model = recordedModel(CONFIG, 'small')
    expect(model.name).toBe('small-1')
    await expect(
      model.complete({ model: 'small-1', messages: [{ role: 'user', content: 'x' }] }),
    ).rejects.toThrow('not asked without a network')
  })

  it('have their secrets in variables or in files', async () => {
    const file = join(await tempDirectory(), 'key')
    await writeFile(file, 'in-a-file\n')
    expect(await secretAt({ file }, 'k', {})).toBe('in-a-file')
    expect(await secretAt({ env: 'K' }, 'k', { K: 'in-a-variable' })).toBe('in-a-variable')
  })
})
