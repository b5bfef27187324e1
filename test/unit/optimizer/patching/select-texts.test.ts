import { describe, expect, it } from 'vitest'
import type { PromptSelector } from '../../../../src/optimizer/models/prompt-patch.js'
import { selectTexts } from '../../../../src/optimizer/patching/select-texts.js'
import { FILE, SYSTEM } from './workflows.js'

const POINTERS = new Map([
  ['Replies_1711_1', '/workflow/graph/nodes/0/data/prompt_template/1/text'],
])
const select = (selector: PromptSelector) => selectTexts(FILE, selector, POINTERS)

/** The pointers of the texts, below the list of nodes. */
function pointers(selector: PromptSelector) {
  const selection = select(selector)
  if (selection.kind !== 'texts') return selection
  return selection.texts.map(({ pointer }) => pointer.replace('/workflow/graph/nodes/', ''))
}

describe('a selector', () => {
  it.each<[string, PromptSelector, string[]]>([
    ['the system message of a node', { by_id: '1711' }, ['0/data/prompt_template/0/text']],
    ['the only text of a node', { by_id: '1713' }, ['2/data/template']],
    ['the instruction of a classifier', { by_id: '1715' }, ['4/data/instruction']],
    [
      'a node by a part of its title in any case',
      { by_label: 'main' },
      ['0/data/prompt_template/0/text'],
    ],
    ['nodes by their type', { by_type: 'template-transform' }, ['2/data/template']],
    ['a text by its pointer', { by_path: SYSTEM }, ['0/data/prompt_template/0/text']],
    [
      'the text of a message by the pointer of that',
      { by_path: '/workflow/graph/nodes/1/data/prompt_template/1' },
      ['1/data/prompt_template/1/text'],
    ],
    [
      'a node by its pointer',
      { by_path: '/workflow/graph/nodes/0' },
      ['0/data/prompt_template/0/text'],
    ],
    ['a prompt of the store', { by_prompt: 'Replies_1711_1' }, ['0/data/prompt_template/1/text']],
    [
      'an answer by its pointer',
      { by_path: '/workflow/graph/nodes/3/data/answer' },
      ['3/data/answer'],
    ],
    [
      'what matches all that it names',
      { by_type: 'llm', by_label: 'REPLY' },
      ['0/data/prompt_template/0/text'],
    ],
    [
      'a class by its pointer',
      { by_id: '1715', by_path: '/workflow/graph/nodes/4/data/classes/1' },
      ['4/data/classes/1/name'],
    ],
  ])('means %s', (_what, selector, expected) => {
    expect(pointers(selector)).toEqual(expected)
  })

  it.each<[PromptSelector, string]>([
    [{ by_id: '17' }, 'there is no node 17; nodes with texts are 1711, 1712, 1713, 1714, 1715'],
    [{ by_id: '1711', by_type: 'agent' }, 'node 1711 (llm) has no text that matches'],
    [{ by_label: 'nothing' }, 'no node with a text matches'],
    [{ by_path: '/workflow/graph/nodes/9' }, 'there is no text at /workflow/graph/nodes/9'],
    [{ by_path: '/workflow/graph/nodes/0/data/prompt' }, 'there is no text at'],
    [{ by_prompt: 'x' }, 'there is no prompt x; prompts are Replies_1711_1'],
    [{ by_id: '1714' }, 'the node has no text for a model'],
    [
      { by_id: '1711', constraints: { workflow_type: 'workflow' } },
      "the app's mode is advanced-chat, not workflow",
    ],
  ])('%j means nothing', (selector, reason) => {
    expect(select(selector)).toEqual({ kind: 'missing', reason: expect.stringContaining(reason) })
  })

  it('of a node with several texts of one rank names their pointers', () => {
    const selection = select({ by_id: '1712' })
    expect(selection).toMatchObject({
      kind: 'ambiguous',
      reason: expect.stringMatching(
        /^node 1712 has 2 texts: name one by its by_path, .*prompt_template\/0\/text \(user\), .*1\/text \(assistant\)$/,
      ),
    })
    expect(select({ by_type: 'llm' })).toMatchObject({ kind: 'ambiguous' })
  })
})
