import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import type { VersionDocument } from '../../../../src/versions/version-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import {
  checkPayload,
  contentOf,
  hasSameContent,
  makeDocument,
  payloadSchemaOf,
  textsIn,
} from '../../../../src/versions/registry/payloads.js'

const fields = {
  version: '1.0.0',
  prompt_id: 'p',
  created_at: '2026-02-03T04:05:06.007Z',
  parent_version: null,
  metadata: {},
}
const schema = z.object({
  prompt_id: z.string(),
  version: z.string(),
  created_at: z.string(),
  body: z.string(),
  size: z.number().default(1),
})

describe('the content of a document', () => {
  it('is everything but what the registry writes', () => {
    const made = (own: object, content: object): VersionDocument => ({
      ...fields,
      ...own,
      ...content,
    })
    expect(contentOf(made({}, { body: 'b', size: 2 }))).toEqual({ body: 'b', size: 2 })
    const other = { version: '2.0.0', metadata: { author: 'Ada' } }
    expect(hasSameContent(made({}, { body: 'b' }), made(other, { body: 'b' }))).toBe(true)
    expect(hasSameContent(made({}, { body: 'b' }), made(other, { body: 'c' }))).toBe(false)
  })

  it('is copied and frozen when it is published', () => {
    const content = { body: 'b', list: [1] }
    const payload = checkPayload('p', content)
    content.list.push(2)
    expect(payload).toEqual({ body: 'b', list: [1] })
    expect(Object.isFrozen(payload['list'])).toBe(true)
  })

  it.each([
    [null, /must be an object, got null/],
    ['text', /must be an object/],
    [[1], /must be an object/],
    [{ version: '1.0.0' }, /must not have the field "version"/],
    [{ metadata: {} }, /must not have the field "metadata"/],
    [{ at: new Date(0) }, /content\.at/],
  ])('as %j is refused', (content, message) => {
    expect(() => checkPayload('p', content)).toThrow(message)
  })

  it('becomes a document as its schema returns it', async () => {
    const made = await makeDocument(fields, { body: 'b' }, schema)
    expect(made.document).toEqual({
      prompt_id: 'p',
      version: '1.0.0',
      created_at: fields.created_at,
      body: 'b',
      size: 1,
    })
    expect(made.input).toEqual({ ...fields, body: 'b' })
    await expect(makeDocument(fields, { body: 7 }, schema)).rejects.toThrow(/body/)
  })

  it('has texts at any depth', () => {
    expect(textsIn({ a: 'x', b: [1, { c: 'y' }, null], d: 'z' })).toEqual(['x', 'y', 'z'])
  })
})

it('the schema of a storage is that of its documents, unless these are prompts', () => {
  expect(payloadSchemaOf(new MemoryStorage({ schema }))).toBe(schema)
  expect(payloadSchemaOf(new MemoryStorage())).toBeUndefined()
  expect(payloadSchemaOf({})).toBeUndefined()
})
