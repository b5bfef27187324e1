import { describe, expect, it } from 'vitest'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'
import {
  DOCUMENT_OPTION_NAMES,
  resolveDocumentOptions,
} from '../../../../src/versions/source/document-storage-options.js'

describe('the options of a DocumentStorage', () => {
  it('have defaults', () => {
    expect(resolveDocumentOptions({}, 'open')).toEqual({
      useCache: true,
      cacheSize: 100,
      cacheBytes: 64 * 1024 * 1024,
      allowPrerelease: false,
      schema: promptVersionSchema,
      schemaInfo: undefined,
      validateOnRead: false,
      upgrade: undefined,
    })
    expect(DOCUMENT_OPTION_NAMES).toContain('schema')
  })

  it('are refused by name where they are wrong, unknown, or lack another one', () => {
    const resolve = (options: object) => () => resolveDocumentOptions(options, 'open')
    expect(resolve({ cacheSize: 0 })).toThrow(/Option "cacheSize"/)
    expect(resolve({ useCache: 'yes' })).toThrow(/Option "useCache"/)
    expect(resolve({ schema: {} })).toThrow(/Option "schema" must be a Standard Schema/)
    expect(resolve({ cachesize: 1 })).toThrow(/"cachesize"/)
    expect(resolve({ upgrade: () => ({}) })).toThrow(/needs the option "schemaInfo"/)
  })
})
