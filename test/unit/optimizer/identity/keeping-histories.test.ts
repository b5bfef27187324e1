import { describe, expect, it } from 'vitest'
import { isRecordId } from '../../../../src/document/prompt-id.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { app, appOf, importOne, saved, type GivenMessage } from './apps.js'

const NODE = '1720506191043'
const RULES = 'Answer in the language of the question, in two sentences, and name your source.'
const QUESTION = { role: 'user', text: 'The question of the customer: {{#sys.query#}}' }

/** What the second import of a node does after the first. */
async function change(
  before: readonly (GivenMessage | string)[],
  after: readonly (GivenMessage | string)[],
) {
  const storage = new MemoryStorage()
  const first = await importOne(storage, app('bot.yml', { [NODE]: before }))
  const second = await importOne(storage, app('bot.yml', { [NODE]: after }))
  const short = (id: string): string => id.replace(`bot_${NODE}`, '…')
  return {
    first: first.prompts.map(({ prompt_id }) => short(prompt_id)),
    second: second.prompts.map(({ prompt_id }) => short(prompt_id)),
    saved: saved(second).map(short),
    gone: second.gone.map(short),
  }
}

describe('a prompt keeps its history', () => {
  it('when its node gets a second message', async () => {
    expect(await change([RULES], [RULES, QUESTION])).toEqual({
      first: ['…'],
      second: ['…', '…_1'],
      saved: ['…_1@1.0.0'],
      gone: [],
    })
  })

  it('when it is rewritten while its node gets a second message', async () => {
    const { second, saved: made } = await change([RULES], ['Be brief.', QUESTION])
    expect(second).toEqual(['…', '…_1'])
    expect(made).toEqual(['…@1.0.1', '…_1@1.0.0'])
  })

  it('when it is the only one of its node, and gets another role and another text at once', async () => {
    const after = { role: 'user', text: 'Summarise {{#sys.query#}} in a table.' }
    const { second, saved: made, gone } = await change([RULES], [after])
    expect(second).toEqual(['…'])
    expect(made).toEqual(['…@1.0.1'])
    expect(gone).toEqual([])
  })

  it('when a message is inserted before it', async () => {
    const { second, saved: made } = await change(
      [RULES, QUESTION],
      ['You work for a bank.', RULES, QUESTION],
    )
    expect(second).toEqual(['…_2', '…_0', '…_1'])
    expect(made).toEqual(['…_2@1.0.0'])
  })

  it('when a message is inserted before it and it is edited', async () => {
    const edited = RULES.replace('two sentences', 'one sentence')
    const { second, saved: made } = await change(
      [RULES, QUESTION],
      ['You work for a bank.', edited, QUESTION],
    )
    expect(second).toEqual(['…_2', '…_0', '…_1'])
    expect(made).toEqual(['…_2@1.0.0', '…_0@1.0.1'])
  })

  it('by the id of its message, wherever that is and whatever it says', async () => {
    const [one, two] = [
      { id: 'm1', text: RULES },
      { id: 'm2', text: 'Never name a competitor.' },
    ]
    const { second, saved: made } = await change(
      [one, two],
      [{ ...two, text: 'Stay polite.' }, one],
    )
    expect(second).toEqual(['…_1', '…_0'])
    expect(made).toEqual(['…_1@1.0.1'])
  })

  it('when a program gives all messages new ids', async () => {
    const { second, saved: made } = await change(
      [
        { id: 'm1', text: RULES },
        { id: 'm2', ...QUESTION },
      ],
      [
        { id: 'm3', text: 'Be brief.' },
        { id: 'm4', ...QUESTION },
      ],
    )
    expect(second).toEqual(['…_0', '…_1'])
    expect(made).toEqual(['…_0@1.0.1'])
  })

  it('but a message with another id beside one that is recognised is another message', async () => {
    const { second, gone } = await change(
      [
        { id: 'm1', text: RULES },
        { id: 'm2', ...QUESTION },
      ],
      [
        { id: 'm1', text: RULES },
        { id: 'm3', role: 'user', text: 'Translate it into German.' },
      ],
    )
    expect(second).toEqual(['…_0', '…_2'])
    expect(gone).toEqual(['…_1'])
  })

  it('when the app is renamed', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [RULES] }, 'Old name'))
    const file = await importOne(storage, app('bot.yml', { llm: [RULES, QUESTION] }, 'New name'))
    expect(file).toMatchObject({
      workflow: 'Old name',
      appName: 'New name',
      recognisedBy: 'path',
      created: 1,
      unchanged: 1,
    })
    expect(saved(file)).toEqual(['Old name_llm_1@1.0.0'])
    // And when it is in another file after that.
    const moved = await importOne(storage, app('x/new.yml', { llm: [RULES, QUESTION] }, 'New name'))
    expect(moved).toMatchObject({ workflow: 'Old name', recognisedBy: 'texts', unchanged: 2 })
  })

  it('when its node is made again', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { [NODE]: [RULES, QUESTION], other: ['Translate.'] }))
    const file = await importOne(
      storage,
      app('bot.yml', {
        '1730000000000': [RULES.replace('two', 'three'), { role: 'user', text: '{{#context#}}' }],
        other: ['Translate.'],
      }),
    )
    expect(saved(file)).toEqual([`bot_${NODE}_0@1.0.1`, `bot_${NODE}_1@1.0.1`])
    expect(file.gone).toEqual([])
  })
})

describe('a prompt that is not in the workflow any more', () => {
  it('is noted as gone, and as back when it is there again', async () => {
    const storage = new MemoryStorage()
    const now = (): Date => new Date('2026-11-30T12:00:00.000Z')
    await importOne(storage, app('bot.yml', { llm: [RULES, QUESTION] }))
    const without = await importOne(storage, app('bot.yml', { llm: [RULES] }), { now })
    expect(without).toMatchObject({ gone: ['bot_llm_1'], back: [], unchanged: 1 })
    const record = await storage.getLatestVersion('holdfast:workflow:bot')
    expect(record?.prompt.context).toMatchObject({
      workflow: {
        prompts: [{}, { prompt_id: 'bot_llm_1', gone_since: '2026-11-30T12:00:00.000Z' }],
      },
    })
    expect(await importOne(storage, app('bot.yml', { llm: [RULES] }))).toMatchObject({ gone: [] })
    const again = await importOne(storage, app('bot.yml', { llm: [RULES, QUESTION] }))
    expect(again).toMatchObject({ gone: [], back: ['bot_llm_1'], unchanged: 2 })
    expect(await storage.listVersions('bot_llm_1')).toHaveLength(1)
  })

  it('does not leave its id to another one', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [{ id: 'm1', text: RULES }] }))
    await importOne(storage, app('bot.yml', { llm: [] }))
    const file = await importOne(
      storage,
      app('bot.yml', { llm: [{ id: 'm2', text: 'Translate.' }] }),
    )
    expect(saved(file)).toEqual(['bot_llm_1@1.0.0'])
  })

  it('is not gone as long as its message is there, though empty', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [RULES, QUESTION] }))
    const empty = await importOne(
      storage,
      app('bot.yml', { llm: [RULES, { ...QUESTION, text: '' }] }),
    )
    expect(empty).toMatchObject({ gone: [], empty: ['bot_llm_1'] })
    const file = await importOne(
      storage,
      app('bot.yml', { llm: [RULES, { ...QUESTION, text: 'Hi' }] }),
    )
    expect(saved(file)).toEqual(['bot_llm_1@1.0.1'])
  })
})

describe('two apps of one name', () => {
  const one = app('one/bot.yml', { '1720506191043': [RULES] })
  const two = app('two/bot.yml', { '1730000000000': ['Translate it into German.'] })

  it('are two workflows once each has an id, in one import and in several', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, one, { workflowId: 'bot of one' })
    await importOne(storage, two, { workflowId: 'bot of two' })
    const again = await importWorkflows([one, two], { storage })
    expect(again.map(({ workflow, unchanged }) => [workflow, unchanged])).toEqual([
      ['bot of one', 1],
      ['bot of two', 1],
    ])
    const changed = app('two/bot.yml', { '1730000000000': ['Translate it into French.'] })
    expect(saved(await importOne(storage, changed))).toEqual(['bot of two_1730000000000@1.0.1'])
  })

  it.each([
    ['with nodes of other ids', two],
    ['with a node of the same id that a person chose', app('two/bot.yml', { llm: ['Translate.'] })],
    [
      'with a text that many apps have',
      app('two/bot.yml', { llm: ['You are a helpful assistant.'] }),
    ],
  ])('are never one, %s', async (_how, other) => {
    const storage = new MemoryStorage()
    const text = 'You are a helpful assistant.'
    await importOne(storage, app('one/bot.yml', { llm: [text], '1720506191043': [RULES] }))
    const file = await importOne(storage, other)
    expect(file.refused).toContain('is not recognised as the app "bot" in the store')
    expect(await storage.listPromptIds()).toEqual(['bot_1720506191043', 'bot_llm'])
  })

  it('are two by the ids that Dify has for them, whatever they have in common', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, one, { appId: 'a' })
    const other = await importOne(storage, one, { appId: 'b', sameApp: true })
    expect(other.refused).toContain('is not recognised as the app "bot" in the store')
    expect(await importOne(storage, one, { appId: 'b', workflowId: 'b' })).toMatchObject({
      workflow: 'b',
      created: 1,
    })
    const renamed = app('x.yml', { llm: ['Another text.'] }, 'Another name')
    expect(await importOne(storage, renamed, { appId: 'a' })).toMatchObject({
      workflow: 'bot',
      recognisedBy: 'app_id',
    })
  })

  it('are told apart from a copy of another name, which is reported', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, one)
    const copy = await importOne(storage, {
      ...one,
      file: 'copy.yml',
      content: renamed(one.content),
    })
    expect(copy).toMatchObject({ workflow: 'bot copy', created: 1, resembles: 'bot' })
  })
})

function renamed(content: Uint8Array | string): string {
  return String(content).replace('"bot"', '"bot copy"')
}

describe('the other texts of a workflow', () => {
  const nodes = [
    {
      id: 'c',
      data: {
        type: 'question-classifier',
        instruction: 'Choose by the topic.',
        classes: [
          { id: '1', name: 'Orders' },
          { id: '2', name: 'Payment' },
        ],
      },
    },
    { id: 't', data: { type: 'template-transform', template: 'Dear {{ name }},', variables: [] } },
    { id: 'a', data: { type: 'answer', answer: 'Thank you.' } },
  ]

  it('are prompts with ids that say what they are', async () => {
    const storage = new MemoryStorage()
    const file = await importOne(storage, appOf('bot.yml', nodes))
    expect(saved(file)).toEqual([
      'bot_c_instruction@1.0.0',
      'bot_c_class_1@1.0.0',
      'bot_c_class_2@1.0.0',
      'bot_t_template@1.0.0',
    ])
    expect(file.notImported).toEqual([{ node_id: 'a', node_type: 'answer', texts: 1 }])
    const all = await importOne(storage, appOf('bot.yml', nodes), { optionalTexts: true })
    expect(saved(all)).toEqual(['bot_a_answer@1.0.0'])
  })

  it('never take the id of another prompt', async () => {
    const storage = new MemoryStorage()
    const file = await importOne(
      storage,
      appOf('bot.yml', [
        { id: 't', data: { type: 'template-transform', template: 'Dear {{ name }},' } },
        {
          id: 't_template',
          data: { type: 'llm', prompt_template: [{ role: 'user', text: 'Hi' }] },
        },
      ]),
    )
    expect(saved(file)).toEqual(['bot_t_template@1.0.0', 'bot_t_template_1@1.0.0'])
  })

  it('know a class by its id, also when another one is put before it', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, appOf('bot.yml', nodes))
    const classes = [
      { id: '3', name: 'Complaints' },
      { id: '2', name: 'Invoices' },
      { id: '1', name: 'Orders' },
    ]
    const changed = { ...nodes[0], data: { ...nodes[0]?.data, classes } }
    const file = await importOne(storage, appOf('bot.yml', [changed, ...nodes.slice(1)]))
    expect(saved(file)).toEqual(['bot_c_class_3@1.0.0', 'bot_c_class_2@1.0.1'])
  })
})

describe('the document of a workflow', () => {
  it('is not listed as a prompt, and stays as it is when nothing changes', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [RULES] }))
    await importOne(storage, app('bot.yml', { llm: ['Another text of the same message.'] }))
    expect(await storage.listPromptIds()).toEqual(['bot_llm'])
    const [record, ...others] = (await storage.listPromptIds({ records: true })).filter((id) =>
      isRecordId(id),
    )
    expect([record, others]).toEqual(['holdfast:workflow:bot', []])
    expect(await storage.listVersions('holdfast:workflow:bot')).toHaveLength(1)
  })

  it('is not made for a workflow without a text', async () => {
    const storage = new MemoryStorage()
    expect(await importOne(storage, app('bot.yml', {}))).toMatchObject({ created: 0 })
    expect(await storage.listPromptIds({ records: true })).toEqual([])
  })
})
