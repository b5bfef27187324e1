import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shellWord } from '../../../src/base/shell-word.js'

const TEXTS = [
  'prompts',
  'file:prompts',
  'my prompts',
  "it's",
  '$HOME `id` "x" \\',
  'a\nb',
  '',
  '~',
  '#1',
  'a;b|c&d>e<f(g)*?[h]{i,j}!k',
  '提示词',
]

describe('a word of a command line', () => {
  it.skipIf(process.platform === 'win32').each(TEXTS)('is the text to sh: %j', (text) => {
    const command = `printf %s ${shellWord(text)}`
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(text)
  })

  it('is as it was where nothing needs a quote', () => {
    expect(shellWord('sqlite:/srv/prompts.db', 'linux')).toBe('sqlite:/srv/prompts.db')
    expect(shellWord('C:\\prompts', 'win32')).toBe('C:\\prompts')
  })

  it('is in double quotes on Windows, where the last backslashes are doubled', () => {
    expect(shellWord('C:\\my prompts\\', 'win32')).toBe('"C:\\my prompts\\\\"')
  })
})
