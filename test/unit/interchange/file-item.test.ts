import { describe, expect, it } from 'vitest'
import { idOfFile, itemOfFile, rawText } from '../../../src/interchange/file-item.js'
import { completePrompt } from '../../../src/interchange/prompt-file.js'

describe('the version in a file', () => {
  it('is called by the path, and knows where it comes from', async () => {
    expect(await itemOfFile({ path: 'team/hi.txt', text: 'Hi' }, 'json')).toEqual({
      kind: 'version',
      promptId: 'team/hi',
      place: 'team/hi.txt',
      draft: {
        prompt: { text: 'Hi', variables: [] },
        metadata: { source: { format: 'json', path: 'team/hi.txt' } },
      },
      labels: [],
      tags: [],
    })
  })

  it('keeps the text of the file where the prompt does not say it', async () => {
    const text = '---\nmodel: m # why\n---\nHi\n'
    expect(await itemOfFile({ path: 'hi.prompt', text }, 'dotprompt')).toMatchObject({
      draft: { metadata: { source: { text } } },
    })
    const prompt = completePrompt('hi', { text: 'Hi' })
    expect(await rawText('hi.json', '{\n  "text": "Hi"\n}\n', prompt)).toEqual({})
    expect(await rawText('hi.json', '{"text":"Hi"}', prompt)).toEqual({ text: '{"text":"Hi"}' })
  })

  it('of a partial of dotprompt is called without the underscore', () => {
    expect(idOfFile('a/_b.prompt', 'dotprompt')).toBe('a/b')
    expect(idOfFile('_b.prompt', 'dotprompt')).toBe('b')
    expect(idOfFile('_a/b.prompt', 'dotprompt')).toBe('_a/b')
    expect(idOfFile('a/_b.prompt', 'git')).toBe('a/_b')
  })

  it('is a record as the record says', async () => {
    const record = { prompt_id: 'x', version: '2.0.0', prompt: { text: 'Hi' } }
    const text = JSON.stringify(record)
    expect(await itemOfFile({ path: 'any.json', text }, 'json')).toMatchObject({
      promptId: 'x',
      version: '2.0.0',
      place: 'any.json',
    })
    const wrong = JSON.stringify({ ...record, version: 1 })
    expect(await itemOfFile({ path: 'any.json', text: wrong }, 'json')).toMatchObject({
      kind: 'refused',
      place: 'any.json',
    })
  })

  it('is refused with the place if it is not a prompt', async () => {
    expect(await itemOfFile({ path: 'a.json', text: '{"text":3}' }, 'json')).toMatchObject({
      kind: 'refused',
      place: 'a.json',
      reason: expect.stringContaining('prompt.text'),
    })
    expect(await itemOfFile({ path: 'a.txt', text: '' }, 'json')).toMatchObject({ kind: 'skipped' })
    const named = { path: 'a.json', text: '{"id":"b","text":"Hi"}' }
    expect(await itemOfFile(named, 'json')).toMatchObject({
      reason: `its "id" is 'b', but its path says 'a'`,
    })
  })
})
