import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../../../src/optimizer/dify-workflow.js'
import { extractPrompts, type ExtractedPrompts } from '../../../src/optimizer/extract-prompts.js'

const extractedAt = new Date('2026-01-02T03:04:05.678Z')

function extract(source: string, file = 'file.yml'): ExtractedPrompts {
  return extractPrompts(parseWorkflow(source, file), { extractedAt })
}

/** A workflow with the given `data` blocks as its nodes, written as JSON (which is YAML). */
function workflow(nodes: readonly { id: string; data: object }[], name = 'flow'): string {
  return JSON.stringify({
    app: { name, mode: 'workflow' },
    kind: 'app',
    workflow: { graph: { nodes: nodes.map((node) => ({ ...node, type: 'custom' })), edges: [] } },
  })
}

function llm(id: string, promptTemplate: unknown, more: object = {}): { id: string; data: object } {
  return { id, data: { type: 'llm', prompt_template: promptTemplate, ...more } }
}

describe('wrong arguments', () => {
  it.each([
    [undefined, 'Argument "workflow"'],
    [{ nodes: 'all' }, 'Argument "workflow"'],
  ])('a workflow %j is refused by its name', (given, named) => {
    const call = (): unknown => extractPrompts(given as never, { extractedAt })
    expect(call).toThrow(TypeError)
    expect(call).toThrow(named)
  })

  it.each([
    [undefined, 'Option "extractedAt" must be a valid Date, got undefined'],
    [{ extractedAt: '2026-01-01T00:00:00Z' }, 'Option "extractedAt" must be a valid Date'],
    [{ extractedAt: new Date(Number.NaN) }, 'Option "extractedAt" must be a valid Date'],
    [{ extracted: extractedAt }, 'Unknown option "extracted"'],
  ])('options %o of extractPrompts are refused by their name', (options, named) => {
    const parsed = parseWorkflow(workflow([]), 'x.yml')
    const call = (): unknown => extractPrompts(parsed, options as never)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(named)
  })

  it.each([
    [undefined, 'x.yml', 'Argument "source"'],
    [{}, 'x.yml', 'Argument "source"'],
    ['a: 1', {}, 'Argument "file"'],
    ['a: [', undefined, 'Argument "file"'],
    ['a: 1', '', 'Argument "file"'],
  ])('parseWorkflow(%o, %o) is refused by the name of what is wrong', (source, file, named) => {
    const call = (): unknown => parseWorkflow(source as never, file as never)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(named)
  })
})

describe('extractPrompts', () => {
  it('reads a template that is one mapping, without an index in the id', () => {
    const { prompts } = extract(workflow([llm('n1', { text: 'Hello {{name}}' })]))
    expect(prompts).toMatchObject([
      { id: 'flow_n1', role: 'user', text: 'Hello {{name}}', variables: ['name'] },
    ])
  })

  it('takes the template of the question of a user as one more message, and leaves the other ids', () => {
    const memory = {
      window: { enabled: true },
      query_prompt_template: 'in {{#n.lang#}}: {{#sys.query#}}',
    }
    const messages = [
      { role: 'system', text: 'a' },
      { role: 'user', text: 'b' },
    ]
    const { prompts } = extract(
      workflow([llm('one', messages.slice(1), { memory }), llm('two', messages, { memory })]),
    )
    expect(prompts.map(({ id }) => id)).toEqual([
      'flow_one',
      'flow_one_query',
      'flow_two_0',
      'flow_two_1',
      'flow_two_query',
    ])
    expect(prompts[1]).toMatchObject({
      role: 'user',
      text: memory.query_prompt_template,
      variables: ['#n.lang#', '#sys.query#'],
      context: { message_field: 'memory.query_prompt_template', edition_type: 'basic' },
    })
  })

  it.each([undefined, null, {}, { query_prompt_template: '' }, { query_prompt_template: null }])(
    'takes no message from the memory %o',
    (memory) => {
      const { prompts, empty } = extract(workflow([llm('n', { text: 'a' }, { memory })]))
      expect([prompts.length, empty.length]).toEqual([1, 0])
    },
  )

  it('reads nodes, messages and texts that are merged from others', () => {
    const source = `
app: {name: flow}
shared: &message {role: user, text: shared}
workflow:
  graph:
    nodes:
      - id: a
        data: &llm {type: llm, title: first, prompt_template: [*message]}
      - id: b
        data: {<<: *llm, title: second}
      - id: c
        data: {type: llm, prompt_template: {<<: *message, text: own}}
`
    expect(extract(source).prompts).toMatchObject([
      { id: 'flow_a', text: 'shared', context: { node_title: 'first' } },
      { id: 'flow_b', text: 'shared', context: { node_title: 'second' } },
      { id: 'flow_c', text: 'own' },
    ])
  })

  it('counts the texts of nodes that are not imported', () => {
    const nodes = [
      { id: 'a', data: { type: 'answer', answer: '{{#n.text#}}' } },
      {
        id: 'b',
        data: {
          type: 'question-classifier',
          instruction: ' ',
          classes: [{ name: 'x' }, { name: 'y' }],
        },
      },
      {
        id: 'c',
        data: {
          type: 'agent',
          agent_parameters: { instruction: { value: 'do' }, query: { value: ['n', 'text'] } },
        },
      },
      {
        id: 'd',
        data: { type: 'parameter-extractor', parameters: [{ name: 'p', description: 'the p' }] },
      },
      { id: 'e', data: { type: 'code', code: 'def main(): pass' } },
      llm('f', [{ role: 'user', text: 'used', jinja2_text: 'waiting', edition_type: 'basic' }], {
        structured_output: { schema: { properties: { a: { description: 'an a' } } } },
      }),
      llm('g', { text: 'used' }),
    ]
    expect(extract(workflow(nodes)).notImported).toEqual([
      { node_id: 'a', node_type: 'answer', texts: 1 },
      { node_id: 'b', node_type: 'question-classifier', texts: 2 },
      { node_id: 'c', node_type: 'agent', texts: 1 },
      { node_id: 'd', node_type: 'parameter-extractor', texts: 1 },
      { node_id: 'f', node_type: 'llm', texts: 2 },
    ])
  })

  it('appends no index where a list has a single message', () => {
    const { prompts } = extract(workflow([llm('n1', [{ role: 'system', text: 'a' }])]))
    expect(prompts.map(({ id }) => id)).toEqual(['flow_n1'])
  })

  it('keeps the ids when an empty message gets its text', () => {
    const before = extract(
      workflow([
        llm('n', [
          { role: 'system', text: '' },
          { role: 'user', text: 'b' },
        ]),
      ]),
    )
    const after = extract(
      workflow([
        llm('n', [
          { role: 'system', text: 'a' },
          { role: 'user', text: 'b' },
        ]),
      ]),
    )
    expect(before.prompts.map(({ id }) => id)).toEqual(['flow_n_1'])
    expect(before.empty).toEqual([{ id: 'flow_n_0', node_id: 'n', role: 'system' }])
    expect(after.prompts.map(({ id }) => id)).toEqual(['flow_n_0', 'flow_n_1'])
  })

  it('takes white space, a missing text and null for empty', () => {
    const { prompts, empty } = extract(
      workflow([
        llm('n', [
          { role: 'system', text: ' \n\t' },
          { role: 'user' },
          { role: 'user', text: null },
        ]),
      ]),
    )
    expect(prompts).toEqual([])
    expect(empty).toHaveLength(3)
  })

  it('takes the Jinja2 text of a message in the Jinja2 edition, and the declared variables in it', () => {
    const message = {
      role: 'user',
      edition_type: 'jinja2',
      text: 'old',
      jinja2_text: '{% if a %}{{ b|upper }}{% endif %}',
    }
    const config = {
      jinja2_variables: [{ variable: 'b' }, { variable: 'a' }, { variable: 'unused' }],
    }
    const { prompts } = extract(workflow([llm('n', [message], { prompt_config: config })]))
    expect(prompts).toMatchObject([{ text: message.jinja2_text, variables: ['b', 'a'] }])
  })

  it('takes the basic text where a Jinja2 text only waits beside it', () => {
    const message = { role: 'user', edition_type: 'basic', text: 'basic', jinja2_text: 'waiting' }
    expect(extract(workflow([llm('n', [message])])).prompts).toMatchObject([{ text: 'basic' }])
  })

  it('ignores nodes that are not LLM nodes, whatever they carry', () => {
    const other = {
      id: 'n',
      data: { type: 'answer', prompt_template: [{ role: 'user', text: 'x' }] },
    }
    expect(extract(workflow([other]))).toMatchObject({ prompts: [], empty: [] })
  })

  it('accepts an LLM node that has no template yet', () => {
    expect(extract(workflow([{ id: 'n', data: { type: 'llm' } }, llm('m', [])]))).toEqual({
      prompts: [],
      empty: [],
      notImported: [],
    })
  })

  it.each([
    [
      'a template that is a text',
      'hello',
      'data.prompt_template" must be a list of messages or one mapping, got string',
    ],
    [
      'a message that is a text',
      ['hello'],
      'prompt_template[0]" must be a mapping with "text", got string',
    ],
    [
      'a text that is a list',
      [{ role: 'user', text: ['a'] }],
      'prompt_template[0].text" must be a string, got a list',
    ],
    [
      'a message without a role',
      [{ text: 'a' }],
      'prompt_template[0].role" must be a string, got nothing',
    ],
  ])('refuses %s and says where', (_what, template, reason) => {
    expect(() => extract(workflow([llm('n', template)]))).toThrow(
      expect.objectContaining({
        name: 'WorkflowError',
        code: 'OPT-EXT-010',
        message: expect.stringContaining(reason),
      }),
    )
  })

  it('refuses a template of the question that is not a text', () => {
    const source = workflow([llm('n', [], { memory: { query_prompt_template: ['a'] } })])
    expect(() => extract(source)).toThrow(
      'memory.query_prompt_template" must be a string, got a list',
    )
  })

  it('refuses two messages that come to the same id', () => {
    const twins = [
      llm('n', [
        { role: 'user', text: 'a' },
        { role: 'user', text: 'b' },
      ]),
      llm('n_1', { text: 'c' }),
    ]
    expect(() => extract(workflow(twins))).toThrow(/two messages with the prompt id flow_n_1/)
  })
})
