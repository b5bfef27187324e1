import { describe, expect, it } from 'vitest'
import { ObjectNames } from '../../../src/buckets/object-names.js'

const names = new ObjectNames('team/')
const LONG = 'long '.repeat(100)

describe('the names of objects', () => {
  it('of versions are the paths of a directory of plain files', () => {
    expect(names.version('summarize', '1.0.0')).toBe('team/summarize/1.0.0.json')
    expect(names.version('a/b', '1.0.0-rc.1')).toBe('team/a%2fb/1.0.0-rc.1.json')
    expect(names.versions('summarize')).toBe('team/summarize/')
    expect(names.version(LONG, '1.0.0')).toMatch(/^team\/~[0-9a-f]{64}\/1\.0\.0\.json$/)
  })

  it('of everything else begin with .holdfast/', () => {
    const others = [
      names.mark,
      names.head('p'),
      names.historyPage('p', '2', 3),
      names.transaction('0'.repeat(32)),
    ]
    for (const name of others) expect(name.startsWith(names.own)).toBe(true)
    expect(names.own).toBe('team/.holdfast/')
    expect(names.historyPage('p', '2', 3)).toBe('team/.holdfast/history/p/2.3.json')
  })

  it('say what they are the names of', () => {
    expect(names.parseVersion(names.version('a/b', '1.0.0'))).toEqual({
      directory: 'a%2fb',
      version: '1.0.0',
    })
    expect(names.parseHead(names.head('a/b'))).toBe('a%2fb')
    expect(names.parseTransaction(names.transaction('ab'.repeat(16)))).toBe('ab'.repeat(16))
    expect(names.promptId('a%2fb')).toBe('a/b')
  })

  it('that are not of the store are told apart', () => {
    for (const name of ['team/p/1.0.json', 'team/p/q/1.0.0.json', 'team/p', names.head('p')])
      expect(names.parseVersion(name)).toBeUndefined()
    expect(names.parseHead('team/.holdfast/heads/p.txt')).toBeUndefined()
    expect(names.parseHead(names.version('p', '1.0.0'))).toBeUndefined()
    expect(names.parseTransaction('team/.holdfast/transactions/x.json')).toBeUndefined()
  })

  it('hold the id of a prompt beside a hash, and only there', () => {
    expect(names.promptFile('p')).toBeUndefined()
    const directory = names.directory(LONG)
    expect(names.promptFile(LONG)).toBe(names.promptFileIn(directory))
    expect(names.promptId(directory)).toBeUndefined()
  })
})
