import { describe, expect, it } from 'vitest'
import { zshCompletion } from '../../../../src/cli/completion/zsh.js'
import { isLeftOut, PLACES, runIn, wordsOf } from './shells.js'

/** What zsh's own functions are called with, which need a terminal. */
async function called(words: readonly string[]): Promise<string[]> {
  const script = `compdef() { :; }
_describe() { print -rl -- "\${(P@)@[-1]}"; }
_files() { print -r -- "_files $*"; }
compadd() { shift; print -rl -- "$@"; }
compset() { :; }
${zshCompletion(PLACES)}
words=(${wordsOf(words)}); CURRENT=\${#words}
_holdfast`
  const output = await runIn('zsh', script)
  return output.split('\n').filter((line) => line !== '')
}

describe.skipIf(isLeftOut('zsh'))('the completion for zsh', () => {
  it.each([
    [['holdfast', 'files', 'p'], ['put:store a file under a key']],
    [
      ['holdfast', '--dir', 'x', 'ids', '--d'],
      ['--dir:the storage directory (default: HOLDFAST_DIR)'],
    ],
    [['holdfast', '--dir', 'files', ''], ['ids:list the ids of all prompts, one per line']],
    [['holdfast', 'files', 'put', '--'], ['--if-absent:only where there is no file under the key']],
  ])('offers after %j, among others: %j', async (words, offered) => {
    expect(await called(words)).toEqual(expect.arrayContaining(offered))
  })

  it.each([
    [
      ['holdfast', 'ids', '--disk', ''],
      ['auto', 'native', 'portable'],
    ],
    [
      ['holdfast', 'ids', '--disk=n'],
      ['auto', 'native', 'portable'],
    ],
    [['holdfast', '-d', ''], ['_files -/']],
    [['holdfast', 'import', ''], ['_files ']],
    [['holdfast', 'ids', '--limit', ''], []],
    [
      ['holdfast', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('offers after %j: %j', async (words, offered) => {
    expect(await called(words)).toEqual(offered)
  })
})
