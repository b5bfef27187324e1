import { describe, expect, it } from 'vitest'
import { documentPath, DOCUMENT_PATH, portPath } from '../../../src/wire/paths.js'

describe('the paths of the API', () => {
  it.each(['..', '.', 'a/b?c#d%2F', 'a&version=2.0.0'])('keep the id %s as it is', (id) => {
    const url = new URL(documentPath(id, '1.0.0'), 'http://127.0.0.1')
    expect(url.pathname).toBe(DOCUMENT_PATH)
    expect(url.searchParams.get('prompt_id')).toBe(id)
    expect(url.searchParams.get('version')).toBe('1.0.0')
  })

  it('name each operation of the port', () => {
    expect(portPath('know-since')).toBe('/api/v1/store/know-since')
  })
})
