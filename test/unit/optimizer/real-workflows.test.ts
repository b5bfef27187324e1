import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../../../src/optimizer/dify-workflow.js'
import { extractPrompts, type ExtractedPrompts } from '../../../src/optimizer/extract-prompts.js'
import { countMessages, readWorkflowText, WORKFLOW_FILES } from './workflow-files.js'

const extractedAt = new Date('2026-01-02T03:04:05.678Z')

function extract(source: string, file = 'file.yml'): ExtractedPrompts {
  return extractPrompts(parseWorkflow(source, file), { extractedAt })
}

describe('extractPrompts over the twelve real workflows', () => {
  /** Counted by hand and by lines: LLM nodes, messages with text, empty messages. */
  const EXPECTED: Readonly<Record<string, readonly [number, number, number]>> = {
    'AgentFlow.yml': [0, 0, 0],
    'Artifact.yml': [1, 2, 0],
    'Claude3 Code Translation.yml': [2, 8, 0],
    'Deep Researcher On Dify .yml': [13, 26, 0],
    'SEO Slug Generator.yml': [1, 2, 0],
    'llm2o1.cn.yml': [3, 3, 0],
    'simple-kimi.yml': [8, 15, 0],
    'translation_workflow.yml': [4, 6, 0],
    '全书翻译.yml': [4, 4, 0],
    '完蛋！我被LLM包围了！ .yml': [3, 3, 3],
    '根据用户的意图进行回复.yml': [4, 10, 0],
    '瞎说新语v2.yml': [2, 2, 0],
  }

  it('knows all of them', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(WORKFLOW_FILES)
  })

  it.each(WORKFLOW_FILES)('finds every message of every LLM node of %s', (file) => {
    const source = readWorkflowText(file)
    const { prompts, empty } = extract(source, file)
    const counted = countMessages(source)
    const nodes = new Set([...prompts, ...empty].map(({ node_id }) => node_id))
    expect([nodes.size, prompts.length, empty.length]).toEqual(EXPECTED[file])
    expect([nodes.size, prompts.length + empty.length, empty.length]).toEqual([
      counted.nodes,
      counted.roles.length,
      counted.empty,
    ])
    expect([...prompts, ...empty].map(({ role }) => role).sort()).toEqual([...counted.roles].sort())
  })

  it('finds 81 prompts and 3 empty messages, all under different ids', () => {
    const all = WORKFLOW_FILES.map((file) => extract(readWorkflowText(file), file))
    const ids = all.flatMap(({ prompts }) => prompts.map(({ id }) => id))
    expect(ids).toHaveLength(81)
    expect(new Set(ids).size).toBe(81)
    expect(all.flatMap(({ empty }) => empty)).toHaveLength(3)
  })

  it('finds every variable that is in a text, by its placeholder', () => {
    for (const file of WORKFLOW_FILES) {
      for (const prompt of extract(readWorkflowText(file), file).prompts) {
        const counted = new Set(
          prompt.text
            .split('{{')
            .slice(1)
            .flatMap((part) => part.split('}}').slice(0, -1))
            .map((part) => part.trim()),
        )
        expect(new Set(prompt.variables)).toEqual(counted)
      }
    }
  })

  it('gives the same ids whatever the file is called', () => {
    const source = readWorkflowText('llm2o1.cn.yml')
    expect(extract(source, 'copy/other.yaml')).toEqual(extract(source, 'llm2o1.cn.yml'))
    expect(extract(source).prompts.map(({ id }) => id)).toEqual([
      'llm→o1_llm',
      'llm→o1_1727189055973',
      'llm→o1_1727189151263',
    ])
  })

  it('gives a prompt in full', () => {
    const { prompts } = extract(
      readWorkflowText('SEO Slug Generator.yml'),
      'SEO Slug Generator.yml',
    )
    expect(prompts[1]).toEqual({
      id: 'SEO Slug Generator_1721110597868_1',
      workflow_id: 'SEO Slug Generator',
      node_id: '1721110597868',
      node_type: 'llm',
      text: expect.stringContaining('{{#'),
      role: 'user',
      variables: [expect.stringMatching(/^#\d+\.\w+#$/)],
      context: {
        app_mode: 'workflow',
        node_title: 'LLM',
        model: expect.any(String),
        message_index: 1,
        edition_type: 'basic',
      },
      extracted_at: '2026-01-02T03:04:05.678Z',
    })
  })
})
