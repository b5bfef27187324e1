import { beforeAll, expect, it } from 'vitest'
import { MeteredModel } from '../../../../src/optimizer/llm/metered-model.js'
import { OpenAiChatModel } from '../../../../src/optimizer/llm/open-ai-model.js'
import { startHostileModel, type HostileModel } from '../../../support/hostile-model.js'

let server: HostileModel

beforeAll(async () => {
  server = await startHostileModel()
})

it('a metered model counts calls, failures and tokens until it is reset', async () => {
  const ask = async (model: MeteredModel): Promise<unknown> =>
    await model.complete({ model: model.name, messages: [{ role: 'user', content: 'x' }] })
  const metered = modelNamed('echo')
  await ask(metered)
  await ask(metered)
  expect(metered.statistics).toEqual({
    calls: 2,
    failures: 0,
    prompt_tokens: 24,
    completion_tokens: 14,
    without_usage: 0,
  })
  metered.reset()
  expect(metered.statistics.calls).toBe(0)
  const silent = modelNamed('no-usage')
  await ask(silent)
  expect(silent.statistics).toMatchObject({ calls: 1, prompt_tokens: 0, without_usage: 1 })
  const failing = modelNamed('length')
  await expect(ask(failing)).rejects.toMatchObject({ code: 'OPT-LLM-008' })
  expect(failing.statistics).toMatchObject({ calls: 0, failures: 1 })
})

function modelNamed(model: string): MeteredModel {
  return new MeteredModel(new OpenAiChatModel({ baseUrl: server.baseUrl, model }))
}
