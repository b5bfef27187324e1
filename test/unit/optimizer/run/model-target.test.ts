import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { exactEvaluator } from '../../../../src/optimizer/evaluation/text-evaluators.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'
import { modelTarget } from '../../../../src/optimizer/run/model-target.js'
import type { RunTarget } from '../../../../src/optimizer/run/run-target.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { answeringModel } from '../../../support/chat-model.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

const CONFIG = { type: 'model', model: 'm', max_tokens: 50, temperature: 0 } as const

function target(source: string, model = answeringModel(() => 'yes'), node?: string): RunTarget {
  const dify = parseDifyFile(source, 'small.yml')
  return modelTarget({ dify, config: { ...CONFIG, node }, model, price: undefined })
}

describe('a target that is one model', () => {
  it('sends the messages of the node with the inputs, through the ledger', async () => {
    const model = answeringModel(() => 'yes')
    const asked = target(workflowWith('Answer {{#start.text#}}.'), model)
    expect(asked.name).toBe('model answering')
    await using storage = new MemoryStorage()
    await using ledger = await Ledger.open({ storage: new LedgerInStore(storage), run: 'r' })
    const evaluate = asked.evaluate(ledger, exactEvaluator({ type: 'exact', value: 'yes' }))
    const options = { repeat: 1, attempt: 0, signal: new AbortController().signal }
    const testCase = { id: 'c', inputs: { text: 'T' } }
    const candidate = { small_llm_0: 'Say {{#start.text#}}.' }
    for (let time = 0; time < 2; time++)
      expect(await evaluate(candidate, testCase, options)).toMatchObject({ score: 1, tokens: 15 })
    expect(model.requests).toEqual([
      {
        model: 'answering',
        messages: [
          { role: 'system', content: 'Say T.' },
          { role: 'user', content: 'T' },
        ],
        temperature: 0,
        max_tokens: 50,
        seed: 1,
      },
    ])
  })

  it('sends what the user says after the prompt of an app without a graph', async () => {
    const model = answeringModel(() => 'yes')
    const source = `app: {name: small, mode: chat}\nmodel_config: {pre_prompt: 'Be {{how}}.', prompt_type: simple}\n`
    const asked = target(source, model)
    await using storage = new MemoryStorage()
    await using ledger = await Ledger.open({ storage: new LedgerInStore(storage), run: 'r' })
    const options = { repeat: 0, attempt: 0, signal: new AbortController().signal }
    const testCase = { id: 'c', inputs: { how: 'brief', query: 'Why?' } }
    await asked.evaluate(ledger, exactEvaluator({ type: 'exact', value: 'yes' }))(
      {},
      testCase,
      options,
    )
    expect(model.requests[0]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Why?' },
    ])
  })

  it('knows the most that a run costs, and refuses a case without an input', () => {
    const asked = target(workflowWith('Answer.'))
    expect(asked.worstCase({}, { id: 'c', inputs: { text: 'T' } })?.tokens).toBeGreaterThan(50)
    expect(() => asked.check({ id: 'c', inputs: {} })).toThrow(/Case .c. cannot be run: .*"text"/)
  })

  it('refuses what needs the rest of the workflow', () => {
    const jinja = workflowWith('x').replace(
      'role: system',
      'role: system\n          edition_type: jinja2\n          jinja2_text: "{{ x }}"',
    )
    expect(() => target(jinja)).toThrow(/only Dify fills in/)
    const two = workflowWith('x').replace(
      '    edges:',
      `    - {id: other, data: {type: llm, prompt_template: [{role: system, text: y}]}}\n    edges:`,
    )
    expect(() => target(two)).toThrow(/name one as "target.node" \(llm, other\)/)
    expect(target(two, undefined, 'other').possible).toHaveLength(1)
    expect(() => target(two, undefined, 'none')).toThrow(/not an LLM node/)
  })
})
