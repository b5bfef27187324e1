import { describe, expect, it } from 'vitest'
import { PromptDraft } from '../../../../src/versions/registry/prompt-draft.js'
import { checkContent, publishInto } from '../../../../src/versions/registry/publishing.js'
import { checkPublish } from '../../../../src/versions/registry/registry-options.js'

const at = '2025-01-17T10:00:00.000Z'

describe('the content of a publication', () => {
  it('is copied with its defaults, and frozen', () => {
    const content = { messages: [{ role: 'user', content: 'Hi' }] }
    const prompt = checkContent('p', content)
    content.messages.push({ role: 'user', content: 'later' })
    expect(prompt).toEqual({
      id: 'p',
      messages: [{ role: 'user', content: 'Hi' }],
      variables: [],
      context: {},
    })
    expect(Object.isFrozen(prompt.messages?.[0])).toBe(true)
  })

  it('is refused with the name of the field', () => {
    expect(() => checkContent('p', { text: ' ' })).toThrow(/prompt\.text/)
    expect(() => checkContent('', { text: 'Hi' })).toThrow(TypeError)
  })
})

describe('a publication', () => {
  it('after a damaged version raises the last number, unless told otherwise', () => {
    const prompt = checkContent('p', { text: 'Hi' })
    const versions = (options = {}): string => {
      const view = { promptId: 'p', head: undefined, versions: ['1.4.0'] }
      const draft = new PromptDraft(view, { at, protectedLabels: new Set() })
      const damaged = { version: '1.4.0', document: undefined }
      return publishInto(draft, prompt, damaged, checkPublish(options)).version
    }
    expect(versions()).toBe('1.4.1')
    expect(versions({ bump: 'major' })).toBe('2.0.0')
  })

  it('is the document itself: whether it was created is beside its fields', () => {
    const view = { promptId: 'p', head: undefined, versions: [] }
    const draft = new PromptDraft(view, { at, protectedLabels: new Set() })
    const prompt = checkContent('p', { text: 'Hi' })
    const published = publishInto(draft, prompt, undefined, checkPublish({ tags: ['x'] }))
    expect(published.created).toBe(true)
    expect(Object.keys(published)).not.toContain('created')
    expect(draft.saved('1.0.0')).toEqual(published)
    expect(draft.head.tags).toEqual({ '1.0.0': ['x'] })
  })
})
