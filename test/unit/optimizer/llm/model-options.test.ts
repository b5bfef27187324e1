import { describe, expect, it } from 'vitest'
import {
  checkModelOptions,
  type OpenAiModelOptions,
} from '../../../../src/optimizer/llm/model-options.js'

const GIVEN = { baseUrl: 'http://localhost:11434/v1/', model: 'qwen3' }

describe('the options of a model', () => {
  it('have defaults', () => {
    expect(checkModelOptions(GIVEN)).toEqual({
      baseUrl: 'http://localhost:11434/v1',
      model: 'qwen3',
      apiKey: undefined,
      apiKeyFile: undefined,
      headers: {},
      timeoutMs: 120_000,
      retry: { attempts: 4, delayMs: 500, maxDelayMs: 30_000 },
      waitMsMax: 120_000,
      answerBytesMax: 8_388_608,
      tokenLimitField: 'max_tokens',
    })
    expect(checkModelOptions({ ...GIVEN, retry: { attempts: 1 } }).retry.delayMs).toBe(500)
  })

  it.each<readonly [string, object]>([
    ['"baseUrl"', { baseUrl: 'localhost' }],
    ['"baseUrl"', { baseUrl: 'file:///v1' }],
    ['"model"', { model: undefined }],
    ['"apiKey"', { apiKey: '' }],
    ['one secret', { apiKey: 'a', apiKeyFile: 'b' }],
    ['"headers.x"', { headers: { x: 5 } }],
    ['HTTP does not allow: a b', { headers: { 'a b': 'c' } }],
    ['"timeoutMs"', { timeoutMs: 0 }],
    ['"retry.attempts"', { retry: { attempts: 99 } }],
    ['"retry"', { retry: 5 }],
    ['"tokenLimitField"', { tokenLimitField: 'tokens' }],
    ['did you mean "apiKey"', { apiKeyy: 'a' }],
  ])('are refused where they do not fit: %s', (named, wrong) => {
    expect(() => checkModelOptions({ ...GIVEN, ...wrong })).toThrow(named)
  })

  it('show no secret when they are refused', () => {
    for (const wrong of [
      { baseUrl: 'https://user:topsecret@host.example/v1' },
      { baseUrl: 'https://host.example/v1?key=topsecret' },
      { apiKey: { key: 'topsecret' } },
      { headers: ['topsecret'] },
    ]) {
      const refuse = (): unknown =>
        checkModelOptions({ ...GIVEN, ...wrong } as unknown as OpenAiModelOptions)
      expect(refuse).toThrow(/^Option "/)
      expect(refuse).not.toThrow('topsecret')
    }
  })
})
