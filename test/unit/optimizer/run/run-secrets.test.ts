import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkRunConfig } from '../../../../src/optimizer/run/run-config.js'
import { runSecrets } from '../../../../src/optimizer/run/run-secrets.js'
import { tempDirectory } from '../../../support/temp.js'

const endpoint = { base_url: 'http://127.0.0.1:1/v1', model: 'm' }
const base = {
  workflow: 'shop.yml',
  data: { file: 'cases.jsonl' },
  budget: { calls: 100 },
  proposer: { model: 'writer' },
}

it('a run needs the secrets of the models that it asks, and of no others', async () => {
  const config = checkRunConfig({
    ...base,
    target: { type: 'model', model: 'worker' },
    judge: { model: 'writer' },
    models: {
      worker: { ...endpoint, model: 'w' },
      writer: { ...endpoint, api_key: { env: 'WRITER_KEY' } },
      other: { ...endpoint, model: 'o', api_key: { env: 'OTHER_KEY' } },
    },
  })
  const writer = { key: 'models.writer.api_key', env: 'WRITER_KEY', file: null }
  const problem = 'Key "models.writer.api_key" names the variable WRITER_KEY, which is not set'
  expect(await runSecrets(config, {})).toEqual([{ ...writer, problem }])
  expect(await runSecrets(config, { WRITER_KEY: '' })).toEqual([{ ...writer, problem }])
  const found = await runSecrets(config, { WRITER_KEY: 'sk-secret' })
  expect(found).toEqual([{ ...writer, problem: null }])
  expect(JSON.stringify(found)).not.toContain('sk-secret')
})

it('a run on Dify needs those of its two interfaces first, from variables or files', async () => {
  const file = join(await tempDirectory(), 'token')
  const config = checkRunConfig({
    ...base,
    target: {
      type: 'dify',
      base_url: 'http://127.0.0.1:1/v1',
      api_key: { env: 'KEY' },
      console: {
        base_url: 'http://127.0.0.1:1',
        app_id: 'a',
        access_token: { file },
        csrf_token: { env: 'CSRF' },
      },
    },
    models: { writer: { ...endpoint, api_key: { env: 'KEY' } } },
  })
  const problems = async (): Promise<unknown> =>
    (await runSecrets(config, { KEY: 'k' })).map(({ key, problem }) => [key, problem])
  const missing = expect.stringContaining(`the file ${file} cannot be read: there is no such file`)
  const csrf = expect.stringContaining('CSRF, which is not set')
  expect(await problems()).toEqual([
    ['target.api_key', null],
    ['target.console.access_token', missing],
    ['target.console.csrf_token', csrf],
    ['models.writer.api_key', null],
  ])
  await writeFile(file, 'token\n')
  expect(await problems()).toMatchObject({ 1: ['target.console.access_token', null] })
})
