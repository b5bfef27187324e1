import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  jsonSchemaOf,
  limitField,
  promptIdField,
  referenceField,
  tool,
} from '../../../src/mcp/tool.js'

describe('a tool', () => {
  it('is described by JSON Schema of draft 7, in which what has a default is optional', () => {
    const input = z.strictObject({
      prompt_id: promptIdField(),
      version: referenceField().default('latest'),
      limit: limitField(5, 10),
    })
    expect(jsonSchemaOf(input, 'input')).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      required: ['prompt_id'],
      additionalProperties: false,
      properties: { limit: { type: 'integer', minimum: 1, maximum: 10, default: 5 } },
    })
  })

  it('cannot be changed', () => {
    const made = tool({
      name: 'n',
      title: 't',
      description: 'd',
      input: z.strictObject({}),
      output: z.object({}),
      hints: { reads: true },
      run: async () => await Promise.resolve({}),
    })
    expect(Object.isFrozen(made)).toBe(true)
  })
})
