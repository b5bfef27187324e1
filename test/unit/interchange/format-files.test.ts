import { describe, expect, it } from 'vitest'
import {
  formatDotprompts,
  formatLangfuseFile,
  formatPromptfooFile,
  formatRecords,
} from '../../../src/interchange/format-files.js'
import type { StoredVersion } from '../../../src/interchange/stored-versions.js'
import { promptVersionSchema } from '../../../src/versions/prompts/prompt-version.js'
import type { PromptContent } from '../../../src/versions/prompts/prompt.js'

function stored(id: string, prompt: PromptContent, given: object = {}): StoredVersion {
  const document = promptVersionSchema.parse({
    prompt_id: id,
    version: '1.0.0',
    created_at: '2026-01-02T03:04:05.678Z',
    prompt,
    ...given,
  })
  return { document, labels: [], tags: [] }
}

const PARTS = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }
const LONG = 'x'.repeat(300)

describe('the files of an export', () => {
  it('are one for each version as records, whatever the ids are', () => {
    const prompts = [
      [stored('a', { text: 'Hi' }), stored('a', { text: 'Ho' }, { version: '1.0.1' })],
      [stored('A', PARTS)],
      [stored(LONG, { text: 'Hi' })],
    ]
    const { files, versions } = formatRecords(prompts)
    expect([...files.keys()].slice(0, 2)).toEqual(['a/1.0.0.json', 'a/1.0.1.json'])
    expect(new Set([...files.keys()].map((path) => path.toLowerCase())).size).toBe(4)
    expect(versions.every(({ lost, path }) => lost.length === 0 && path !== undefined)).toBe(true)
    expect(JSON.parse(files.get('a/1.0.0.json') ?? '')).toMatchObject({ labels: [], tags: [] })
  })

  it('are one for each prompt as dotprompts; what is lost is named', async () => {
    const source = { format: 'dotprompt', path: '_part.prompt', text: '---\na: 1 # why\n---\nHi\n' }
    const prompts = [
      [stored('a/b', { text: 'Hi {{x}}', role: 'user', variables: ['x'] })],
      [stored('c', { text: 'Hi', role: 'user', context: { a: 1 } })],
      [stored('part', { text: 'Hi', role: 'user', config: { a: 1 } }, { metadata: { source } })],
      [stored('parts', PARTS)],
      [stored(LONG, { text: 'Hi', role: 'user' })],
    ]
    const { files, versions } = await formatDotprompts(prompts)
    expect(Object.fromEntries(files)).toEqual({
      'a/b.prompt': 'Hi {{x}}',
      'c.prompt': 'Hi',
      '_part.prompt': source.text,
    })
    expect(versions.map(({ lost, reason }) => reason ?? lost)).toEqual([
      [],
      ['context'],
      [],
      'a message has more than a role and a text, or a role that dotprompt does not know',
      'its id is too long for the name of a file',
    ])
  })

  it('do not take the text of another version, nor a path of another prompt', async () => {
    const source = { format: 'dotprompt', path: '../_other.prompt', text: 'Old' }
    const { files } = await formatDotprompts([
      [stored('p', { text: 'New', role: 'user' }, { metadata: { source } })],
    ])
    expect(Object.fromEntries(files)).toEqual({ 'p.prompt': 'New' })
    const partial = { ...source, path: '_p.prompt' }
    const again = await formatDotprompts([
      [stored('p', { text: 'New', role: 'user' }, { metadata: { source: partial } })],
    ])
    expect(Object.fromEntries(again.files)).toEqual({ '_p.prompt': 'New' })
  })

  it('is one for Langfuse, with the label of the latest stable version', () => {
    const prompts = [
      [stored('a', { text: 'Hi' }), stored('a', { text: 'Ho' }, { version: '2.0.0-beta.1' })],
      [stored('b', PARTS)],
    ]
    const { files, versions } = formatLangfuseFile(prompts, 'out.json')
    const list = JSON.parse(files.get('out.json') ?? '') as unknown[]
    expect(list).toMatchObject([
      { name: 'a', version: 1, labels: ['latest'] },
      { name: 'a', version: 2, labels: [] },
    ])
    expect(versions.map(({ path }) => path)).toEqual(['out.json', 'out.json', undefined])
  })

  it('is one for promptfoo', () => {
    const prompts = [[stored('a', { text: 'Hi' })], [stored('b', { text: 'notes.txt' })]]
    const { files, versions } = formatPromptfooFile(prompts, 'c.json')
    expect(JSON.parse(files.get('c.json') ?? '')).toEqual({ prompts: [{ label: 'a', raw: 'Hi' }] })
    expect(versions[1]).toMatchObject({ path: undefined, reason: expect.stringContaining('file') })
  })
})
