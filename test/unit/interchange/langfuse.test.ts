import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completePrompt, promptWithVariables } from '../../../src/interchange/prompt-file.js'
import { formatLangfuse, parseLangfuse, type Formatted } from '../../../src/interchange/langfuse.js'
import type { Item, VersionItem } from '../../../src/interchange/item.js'
import type { StoredVersion } from '../../../src/interchange/stored-versions.js'
import { promptVersionSchema } from '../../../src/versions/prompts/prompt-version.js'
import type { PromptContent } from '../../../src/versions/prompts/prompt.js'
import { hostileText } from './texts.js'

/** As the API returns it, with the fields of its database. */
const PROMPT = {
  id: 'cm1',
  createdAt: '2025-03-01T10:20:30.400Z',
  updatedAt: '2025-03-02T10:20:30.400Z',
  projectId: 'p1',
  createdBy: 'API',
  name: 'movies/critic',
  version: 3,
  type: 'chat',
  prompt: [
    { type: 'chatmessage', role: 'system', content: 'You are a critic of {{genre}}.' },
    { type: 'placeholder', name: 'history' },
    { role: 'user', content: 'Is {{movie}} good?' },
  ],
  config: { model: 'gpt-4o', temperature: 0.5 },
  isActive: true,
  labels: ['production', 'latest'],
  tags: ['movies'],
  commitMessage: 'Ask about the genre',
  resolutionGraph: null,
}

function read(value: unknown, indent = 2): Item[] {
  return [...parseLangfuse({ path: 'p.json', text: JSON.stringify(value, null, indent) })]
}

function stored(prompt: PromptContent, version: string, given: object = {}): StoredVersion {
  const document = promptVersionSchema.parse({
    prompt_id: 'p',
    version,
    created_at: '2026-01-02T03:04:05.678Z',
    prompt: completePrompt('p', promptWithVariables(prompt)),
    ...given,
  })
  return { document, labels: [], tags: [] }
}

describe('a prompt of Langfuse', () => {
  it('is a version with its messages, config, labels, tags, message, author and time', () => {
    expect(read(PROMPT)).toEqual([
      {
        kind: 'version',
        promptId: 'movies/critic',
        place: 'p.json',
        version: '3.0.0',
        draft: {
          prompt: {
            messages: [
              { role: 'system', content: 'You are a critic of {{genre}}.' },
              { role: 'placeholder', type: 'placeholder', name: 'history' },
              { role: 'user', content: 'Is {{movie}} good?' },
            ],
            config: { model: 'gpt-4o', temperature: 0.5 },
            variables: ['genre', 'movie'],
          },
          metadata: { author: 'API', message: 'Ask about the genre' },
          created_at: '2025-03-01T10:20:30.400Z',
        },
        labels: ['production'],
        tags: ['movies'],
      },
    ])
  })

  it('needs a name, a version and a prompt only', () => {
    expect(read({ name: 'a', version: 1, prompt: 'Hi' })).toMatchObject([
      { promptId: 'a', version: '1.0.0', draft: { prompt: { text: 'Hi' }, metadata: {} } },
    ])
    const empty = { config: {}, labels: [], tags: null, commitMessage: null, createdAt: null }
    expect(read({ name: 'a', version: 1, type: 'text', prompt: 'Hi', ...empty })).toMatchObject([
      { draft: { prompt: { text: 'Hi', variables: [] } } },
    ])
  })

  it('is in a list, or in the field data, and its place is the line', () => {
    const one = { name: 'a', version: 1, prompt: 'Hi' }
    expect(read([one, one]).map(({ place }) => place)).toEqual(['p.json:2', 'p.json:7'])
    const page = { meta: { page: 1, data: [1] }, data: [one] }
    expect(read(page).map(({ place }) => place)).toEqual(['p.json:9'])
    expect(read([])).toEqual([])
  })

  it.each([
    [{ name: '' }, 'its "name" is missing or not a text'],
    [{ version: 0 }, 'its "version" is not an integer from 1'],
    [{ version: '3' }, 'its "version" is not an integer from 1'],
    [{ type: 'text' }, 'its "prompt" is a list, but its "type" is not "chat"'],
    [{ prompt: 'Hi' }, 'its "prompt" is a text, but its "type" is "chat"'],
    [{ prompt: null }, 'its "prompt" is neither a text nor a list'],
    [{ prompt: [{ role: 'user' }] }, 'its message 1 has no role and content'],
    [{ prompt: [{ type: 'placeholder' }] }, 'its message 1 has no role and content'],
    [{ prompt: ['Hi'] }, 'its message 1 has no role and content'],
    [{ config: [] }, 'its "config" is not an object'],
    [{ labels: null }, 'its "labels" are not a list of texts'],
    [{ tags: 'movies' }, 'its "tags" are not a list of texts'],
    [{ createdAt: 'yesterday' }, 'its "createdAt" is not an ISO 8601 time'],
    [{ createdAt: 3 }, 'its "createdAt" is not an ISO 8601 time'],
  ])('with %j is refused', (change, reason) => {
    expect(read({ ...PROMPT, ...change })).toEqual([{ kind: 'refused', place: 'p.json', reason }])
  })

  it('without a text is skipped, and a text that is not JSON is refused', () => {
    expect(read({ name: 'a', version: 1, prompt: ' ' })).toMatchObject([{ kind: 'skipped' }])
    expect(read([3])).toMatchObject([{ kind: 'refused', reason: 'it is not an object' }])
    expect([...parseLangfuse({ path: 'p.json', text: '{' })]).toEqual([
      { kind: 'refused', place: 'p.json:1', reason: 'it is not JSON' },
    ])
  })

  it('is exported as the API returns it', () => {
    const [item] = read(PROMPT) as [VersionItem]
    const { prompt, ...rest } = item.draft
    const before = stored({ text: 'Hi' }, '2.0.0')
    const version = stored(prompt, '3.0.0', { ...rest, parent_version: '2.0.0' })
    const [first, second] = formatLangfuse(
      [before, { ...version, labels: ['production'], tags: ['movies'] }],
      '3.0.0',
    ) as Formatted[]
    expect(first?.value).toEqual({
      name: 'p',
      version: 2,
      type: 'text',
      prompt: 'Hi',
      config: {},
      labels: [],
      tags: [],
      commitMessage: null,
      createdAt: '2026-01-02T03:04:05.678Z',
    })
    const { name, commitMessage, createdAt, createdBy, type, config, labels, tags } = PROMPT
    const [system, history, user] = PROMPT.prompt as [object, object, object]
    expect(second?.value).toEqual({
      name: 'p',
      version: 3,
      type,
      config,
      labels,
      tags,
      commitMessage,
      createdAt,
      createdBy,
      prompt: [{ ...system, type: undefined }, history, user],
    })
    expect(name).toBe('movies/critic')
  })

  it('cannot hold more of a message than a role and a text', () => {
    const parts = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }
    expect(formatLangfuse([stored(parts, '1.0.0')], undefined)).toMatchObject([{ kind: 'refused' }])
  })

  it('says the rest in a field of its own, so that every version is read again whole', () => {
    const content = fc.oneof(
      fc.record({ text: hostileText, role: fc.constantFrom('user', 'system') }),
      fc.record({
        messages: fc.array(
          fc.record({ role: fc.constantFrom('user', 'x'), content: hostileText }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
      }),
    )
    const metadata = fc.dictionary(fc.constantFrom('author', 'message', 'other'), hostileText)
    const version = fc.constantFrom('1.0.0', '2.0.0', '0.1.0', '1.2.3-beta.1')
    fc.assert(
      fc.property(content, metadata, version, (prompt, facts, number) => {
        const given = stored(prompt as PromptContent, number, { metadata: { ...facts } })
        const [formatted] = formatLangfuse([given], undefined) as [Formatted]
        const [item] = read(formatted.value) as [VersionItem]
        const { created_at, metadata: kept, parent_version = null, ...rest } = item.draft
        expect({
          ...given.document,
          version: item.version,
          created_at,
          metadata: kept,
          parent_version,
          prompt: completePrompt('p', rest.prompt),
        }).toEqual(given.document)
      }),
    )
  })
})
