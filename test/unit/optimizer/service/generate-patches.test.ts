import { describe, expect, it } from 'vitest'
import { promptPatchSchema } from '../../../../src/optimizer/models/prompt-patch.js'
import { generatePatches } from '../../../../src/optimizer/service/generate-patches.js'
import type { TextPrompt } from '../../../../src/versions/prompts/prompt.js'

describe('C32: the patch of a prompt', () => {
  it('names the node, which the result of an optimization does not have', () => {
    const prompt = promptOf('w_1', '1')
    const [patch] = generatePatches([{ prompt, text: 'new' }], [prompt, promptOf('w_2', '2')])
    expect(patch).toEqual({
      selector: { by_id: '1' },
      strategy: { mode: 'replace', content: 'new' },
    })
    expect(promptPatchSchema.parse(patch)).toEqual(patch)
  })

  it('names the place of the text, too, where the node has several', () => {
    const first = promptOf('w_1_0', '1', '/workflow/graph/nodes/0/data/prompt_template/0/text')
    const second = promptOf('w_1_1', '1')
    const texts = [first, second].map((prompt) => ({ prompt, text: 'new' }))
    expect(generatePatches(texts, [first, second]).map(({ selector }) => selector)).toEqual([
      { by_id: '1', by_path: '/workflow/graph/nodes/0/data/prompt_template/0/text' },
      { by_id: '1', by_prompt: 'w_1_1' },
    ])
  })

  it('names the place or the prompt where there is no node', () => {
    const { node_id: _, ...app } = promptOf('w', '1', '/model_config/pre_prompt')
    expect(generatePatches([{ prompt: app, text: 'x' }], [app])[0]?.selector).toEqual({
      by_path: '/model_config/pre_prompt',
    })
    const placeless = { ...app, context: {} }
    expect(generatePatches([{ prompt: placeless, text: 'x' }], [app])[0]?.selector).toEqual({
      by_prompt: 'w',
    })
  })
})

function promptOf(id: string, node_id: string, pointer?: string): TextPrompt {
  const context = pointer === undefined ? {} : { pointer }
  return { id, node_id, text: 'old', role: 'system', variables: [], context }
}
