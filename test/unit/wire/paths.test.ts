import { describe, expect, it } from 'vitest'
import { documentPath, DOCUMENT_ROUTE, portPath } from '../../../src/wire/paths.js'

describe('the paths of the API', () => {
  it('keep an id in one segment, whatever is in it', () => {
    const path = documentPath('a/b?c#d%2F', '1.0.0')
    expect(path.split('/')).toHaveLength(DOCUMENT_ROUTE.split('/').length)
    expect(decodeURIComponent(path.split('/').at(-2) ?? '')).toBe('a/b?c#d%2F')
  })

  it('name each operation of the port', () => {
    expect(portPath('know-since')).toBe('/api/v1/store/know-since')
  })
})
