import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { extractPrompts } from '../../../../src/optimizer/extract-prompts.js'
import { parseWorkflow } from '../../../../src/optimizer/dify-workflow.js'
import { defaultPromptId, freePromptId } from '../../../../src/optimizer/identity/prompt-ids.js'
import { EXPECTED, REAL_FILES } from '../../dify/dify-files.js'
import { readWorkflowText, WORKFLOW_FILES } from '../workflow-files.js'

describe('the id of a text by default', () => {
  it.each(WORKFLOW_FILES)('is the one of the first release for each message of %s', (name) => {
    const text = readWorkflowText(name)
    const { prompts, empty } = extractPrompts(parseWorkflow(text, name), {
      extractedAt: new Date(),
    })
    const file = parseDifyFile(text, name)
    const ids = file.texts
      .filter(({ carrier, text: own }) => carrier.startsWith('llm.') && own.trim() !== '')
      .map((each) => defaultPromptId(file.name, each))
    expect(ids.toSorted()).toEqual(prompts.map(({ id }) => id).toSorted())
    expect(ids).not.toContain(empty[0]?.id)
  })

  it('is another one for each text of each real file', () => {
    const readable = new Map(EXPECTED.map(({ file, valid_yaml }) => [file, valid_yaml]))
    let texts = 0
    for (const [name, bytes] of REAL_FILES) {
      // The last one is made to be wrong: two classes with one id.
      if (readable.get(name) === false || name.endsWith('duplicate-class.yml')) continue
      const file = parseDifyFile(bytes, name)
      const ids = file.texts
        .filter(({ text }) => text.trim() !== '')
        .map((text) => defaultPromptId(file.name, text))
      expect(new Set(ids).size, name).toBe(ids.length)
      texts += ids.length
    }
    expect(texts).toBeGreaterThan(300)
  })

  it('says what carries the text', () => {
    const file = parseDifyFile(
      JSON.stringify({
        app: { name: 'bot', mode: 'chat' },
        model_config: { pre_prompt: 'Hi {{name}}', opening_statement: 'Hello' },
      }),
      'bot.yml',
    )
    expect(file.texts.map((text) => defaultPromptId('bot', text))).toEqual([
      'bot_pre_prompt',
      'bot_opening',
    ])
  })
})

describe('the id of a new prompt', () => {
  const nodes = [
    { id: 'n', data: { type: 'llm', prompt_template: [{ role: 'user', text: 'a' }] } },
    { id: 't', data: { type: 'template-transform', template: 'b' } },
  ]
  const { texts } = parseDifyFile(
    JSON.stringify({ app: { name: 'bot' }, workflow: { graph: { nodes } } }),
    'bot.yml',
  )

  it('is the first one that no other prompt has or had', () => {
    const taken = new Set(['bot_n', 'bot_n_1', 'bot_t_template'])
    const ids = texts.map((text) => freePromptId('bot', text, (id) => taken.has(id)))
    expect(ids).toEqual(['bot_n_2', 'bot_t_template_2'])
  })
})
