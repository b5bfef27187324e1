import { expect, it } from 'vitest'
import { DifyError } from '../../../src/dify/service/dify-error.js'
import { ModelError } from '../../../src/optimizer/llm/model-error.js'
import { isRefusedKey } from '../../../src/optimizer/refused-key.js'

it('a refused key is told from other failures by its code, whether it comes from a model or from Dify', () => {
  const refused = [new ModelError('OPT-LLM-009', 'x'), new DifyError('OPT-DIFY-004', 'x')]
  expect(refused.map(isRefusedKey)).toEqual([true, true])
  const others = [new ModelError('OPT-LLM-004', 'x'), new Error('x'), undefined]
  expect(others.map(isRefusedKey)).toEqual([false, false, false])
})
