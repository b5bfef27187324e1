import { describe, expect, it } from 'vitest'
import { setImmediate } from 'node:timers/promises'
import type { WorkflowPrompt } from '../../../../src/optimizer/extract-prompts.js'
import type { PromptVersion } from '../../../../src/versions/prompts/prompt-version.js'
import { planPrompt } from '../../../../src/optimizer/identity/plan-files.js'
import type { FileImport } from '../../../../src/optimizer/identity/file-import.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import type { WorkflowSource } from '../../../../src/optimizer/identity/read-sources.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'

const prompt: WorkflowPrompt = {
  id: 'w_n',
  workflow_id: 'w',
  node_id: 'n',
  node_type: 'llm',
  text: 'Hello',
  role: 'system',
  variables: [],
  context: {},
}

function stored(change: Partial<WorkflowPrompt>): PromptVersion {
  return {
    version: '1.0.0',
    prompt_id: 'w_n',
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: { ...prompt, ...change },
    analysis: null,
    optimization_result: null,
  }
}

describe('planPrompt', () => {
  it.each([
    ['created', 'there is no version', undefined],
    ['unchanged', 'text and role are the same', stored({})],
    [
      'unchanged',
      'only facts beside the text differ',
      stored({ context: { node_title: 'Old' }, variables: ['x'] }),
    ],
    ['updated', 'the text differs by a blank', stored({ text: 'Hello ' })],
    ['updated', 'the role differs', stored({ role: 'user' })],
  ])('says %s when %s', (outcome, _when, latest) => {
    expect(planPrompt(prompt, latest, 'w.yml')).toBe(outcome)
  })

  it.each([[stored({ node_id: 'other' })], [stored({ workflow_id: 'other' })]])(
    'refuses a stored prompt of another origin',
    (latest) => {
      expect(() => planPrompt(prompt, latest, 'w.yml')).toThrow(
        expect.objectContaining({
          code: 'OPT-EXT-010',
          context: { file: 'w.yml', prompt_id: 'w_n' },
        }),
      )
    },
  )
})

const EDITORS_ID = '1720506191043'
/** Long enough: no other app might have it. */
const OLD =
  'Answer the questions of our customers about their orders, in the language in which they ask, in two sentences.'

/** An app named `bot` with one LLM node for each id. */
function bot(file: string, texts: Readonly<Record<string, string>>, name = 'bot'): WorkflowSource {
  const nodes = Object.entries(texts).map(([id, text]) => ({
    id,
    data: { type: 'llm', prompt_template: { text } },
  }))
  return { file, content: JSON.stringify({ app: { name }, workflow: { graph: { nodes } } }) }
}

async function importTwice(
  first: WorkflowSource,
  second: WorkflowSource,
  options: { readonly workflowId?: string; readonly sameApp?: boolean } = {},
): Promise<{ readonly storage: MemoryStorage; readonly file: FileImport | undefined }> {
  const storage = new MemoryStorage()
  await importWorkflows([first], { storage })
  const [file] = await importWorkflows([second], { storage, ...options })
  return { storage, file }
}

describe('an app that is imported again', () => {
  it.each([
    ['by its path', bot('a/bot.yml', { llm: 'new' })],
    [
      'by its path as it is from another directory',
      bot('/home/ann/flows/a/bot.yml', { llm: 'new' }),
    ],
    ['by its path as Windows writes it', bot('flows\\a\\bot.yml', { llm: 'new' })],
    ['by a text that has not changed', bot('b/copy.yml', { llm: OLD, other: 'new' })],
  ])('is known %s', async (_how, second) => {
    const { file } = await importTwice(bot('a/bot.yml', { llm: OLD }), second)
    expect(file).toMatchObject({ workflow: 'bot' })
    expect(file).not.toHaveProperty('refused')
  })

  it('is known by a node of the editor, whatever its text and file are', async () => {
    const { file } = await importTwice(
      bot('one.yml', { [EDITORS_ID]: 'old' }),
      bot('two.yml', { [EDITORS_ID]: 'new' }),
    )
    expect(file).toMatchObject({ updated: 1 })
  })

  it('is known by its path when all its nodes are others now', async () => {
    const { file } = await importTwice(bot('x.yml', { llm: 'old' }), bot('x.yml', { chat: 'new' }))
    expect(file).toMatchObject({ created: 1 })
  })

  it('is treated as known where prompts do not say where they come from', async () => {
    const storage = new MemoryStorage()
    await importWorkflows([bot('-', { llm: 'old' })], { storage })
    const [file] = await importWorkflows([bot('x.yml', { llm: 'new' })], { storage })
    expect(file).toMatchObject({ updated: 1 })
  })
})

describe('another app of the same name', () => {
  it.each([
    ['with the same node', bot('b/bot.yml', { llm: 'another' })],
    ['with other nodes', bot('b/bot.yml', { chat: 'another' })],
    ['from standard input', bot('-', { llm: 'another' })],
  ])('is refused, %s', async (_what, second) => {
    const { storage, file } = await importTwice(bot('a/bot.yml', { llm: 'one' }), second)
    expect(file?.refused).toMatch(
      /is not recognised as the app "bot" in the store, .*bot_llm.*--workflow-id.*--same-app/,
    )
    expect(await storage.listPromptIds()).toEqual(['bot_llm'])
    expect(await storage.listVersions('bot_llm')).toHaveLength(1)
  })

  it('is refused in the same import, too, with both files named', async () => {
    const storage = new MemoryStorage()
    const [, second] = await importWorkflows(
      [bot('a.yml', { llm: 'one' }), bot('b.yml', { chat: 'two' })],
      { storage },
    )
    expect(second?.refused).toMatch(/^b\.yml has the same workflow name as a\.yml \("bot"\)/)
    expect(await storage.listPromptIds()).toEqual(['bot_llm'])
  })

  it('is imported under an id of its own', async () => {
    const { storage, file } = await importTwice(
      bot('a.yml', { llm: 'one' }),
      bot('b.yml', { llm: 'two' }),
      { workflowId: 'bot of b' },
    )
    expect(file).toMatchObject({ workflow: 'bot of b', created: 1 })
    expect(await storage.getLatestVersion('bot of b_llm')).toMatchObject({
      prompt: { workflow_id: 'bot of b', text: 'two', context: { source_file: 'b.yml' } },
    })
    expect(await storage.listVersions('bot_llm')).toHaveLength(1)
  })

  it('is treated as the same app when the caller says so', async () => {
    const { storage, file } = await importTwice(
      bot('a.yml', { llm: 'one' }),
      bot('b.yml', { llm: 'two' }),
      { sameApp: true },
    )
    expect(file).toMatchObject({ updated: 1 })
    expect(await storage.listVersions('bot_llm')).toHaveLength(2)
  })

  it('is not mixed up with an app whose name begins alike', async () => {
    const { file } = await importTwice(
      bot('a.yml', { n: 'x' }, 'bot_two'),
      bot('b.yml', { n: 'y' }),
    )
    expect(file).toMatchObject({ created: 1 })
  })

  it('does not get in when two imports have compared before either saves', async () => {
    const storage = new HeldStorage(2)
    const ended = await Promise.allSettled([
      importWorkflows([bot('a.yml', { llm: 'one' })], { storage }),
      importWorkflows([bot('b.yml', { llm: 'two' })], { storage }),
    ])
    const refused = ended.map((end) => end.status === 'fulfilled' && end.value[0]?.refused)
    expect(refused.filter(Boolean)).toEqual([
      expect.stringContaining('is not recognised as the app "bot" in the store'),
    ])
    expect(await storage.listVersions('bot_llm')).toHaveLength(1)
  })

  it('does not get in however two imports overlap', async () => {
    for (let round = 0; round < 64; round++) {
      const storage = new SlowStorage([round % 8, Math.floor(round / 8)])
      const ended = await Promise.allSettled(
        ['a', 'b'].map((name) => importWorkflows([bot(`${name}.yml`, { llm: name })], { storage })),
      )
      // Found out while comparing it is a refused file, found out while saving a failed import.
      const isRefused = ended.map(
        (end) => end.status === 'rejected' || end.value[0]?.refused !== undefined,
      )
      expect(isRefused.filter(Boolean)).toHaveLength(1)
      expect(await storage.listVersions('bot_llm')).toHaveLength(1)
    }
  })
})

describe('the option workflowId', () => {
  it('takes one source only, and no empty text', async () => {
    const storage = new MemoryStorage()
    const two = [bot('a.yml', {}), bot('b.yml', {})]
    await expect(importWorkflows(two, { storage, workflowId: 'x' })).rejects.toThrow(
      'Option "workflowId" takes one source, got 2 of them',
    )
    await expect(importWorkflows(two.slice(1), { storage, workflowId: '' })).rejects.toThrow(
      'Option "workflowId" must be a non-empty string',
    )
  })
})

/** Holds each save until as many have been called. */
class HeldStorage extends MemoryStorage {
  #missing: number
  #open: () => void = () => undefined
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve))

  constructor(count: number) {
    super()
    this.#missing = count
  }

  override async transact<Result>(
    ...given: Parameters<typeof MemoryStorage.prototype.transact<Result>>
  ): Promise<Result> {
    if (--this.#missing === 0) this.#open()
    await this.#opened
    return await super.transact(...given)
  }
}

/** Answers each question after as many turns as are given, in their order and over again. */
class SlowStorage extends MemoryStorage {
  readonly #turns: readonly number[]
  #asked = 0

  constructor(turns: readonly number[]) {
    super()
    this.#turns = turns
  }

  override async getLatestVersion(id: string): Promise<PromptVersion | undefined> {
    const turns = this.#turns[this.#asked++ % this.#turns.length] ?? 0
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    return await super.getLatestVersion(id)
  }
}
