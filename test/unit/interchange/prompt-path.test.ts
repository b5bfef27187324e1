import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distinctPaths,
  idOfPath,
  pathOfId,
  splitExtension,
} from '../../../src/interchange/prompt-path.js'
import { hostileId } from './texts.js'

describe('the path of a prompt', () => {
  it('has the parts of the id between slashes', () => {
    expect(pathOfId('team/greeting')).toBe('team/greeting')
    expect(pathOfId('a b/../con')).toBe('a%20b/%2e%2e/%63on')
    expect(pathOfId('a//b')).toBe('a%2f%2fb')
    expect(pathOfId('x'.repeat(300))).toBeUndefined()
  })

  it('gives the id again, whatever is in it', () => {
    fc.assert(
      fc.property(hostileId, fc.boolean(), (id, foldCase) => {
        const path = pathOfId(id, foldCase)
        if (path !== undefined) expect(idOfPath(path)).toBe(id)
      }),
    )
  })

  it('of another program is kept as it is', () => {
    expect(idOfPath('My Prompts/Hello World')).toBe('My Prompts/Hello World')
  })

  it('differs from others also on a disk that ignores case', () => {
    const paths = distinctPaths(['a', 'Greeting', 'greeting'])
    expect(paths.get('a')).toBe('a')
    const [first = '', second = ''] = [paths.get('Greeting'), paths.get('greeting')]
    expect(first.toLowerCase()).not.toBe(second.toLowerCase())
    expect([first, second].map(idOfPath)).toEqual(['Greeting', 'greeting'])
  })

  it('ends with an extension, unless the name begins with the dot', () => {
    expect(splitExtension('a/b.c.txt')).toEqual(['a/b.c', '.txt'])
    expect(splitExtension('a.b/c')).toEqual(['a.b/c', ''])
    expect(splitExtension('a/.txt')).toEqual(['a/.txt', ''])
  })
})
