import { describe, expect, it } from 'vitest'
import { bashCompletion } from '../../../../src/cli/completion/bash.js'
import { isLeftOut, PLACES, runIn, wordsOf } from './shells.js'

async function completed(
  words: readonly string[],
  files: readonly string[] = [],
): Promise<string[]> {
  const script = `${bashCompletion(PLACES)}
COMP_WORDS=(${wordsOf(words)}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = await runIn('bash', script, files)
  return output.split('\n').filter((line) => line !== '')
}

describe.skipIf(isLeftOut('bash'))('the completion for bash', () => {
  it('offers every command', async () => {
    const names = PLACES.find(({ path }) => path === '')?.commands.map(({ name }) => name)
    expect(await completed(['holdfast', ''])).toEqual(names)
  })

  it.each([
    [
      ['holdfast', 'files', 'p'],
      ['put', 'prune'],
    ],
    [['holdfast', '--dir', 'x', 'files', 'put', '--me'], ['--meta']],
    [
      ['holdfast', '--dir', 'files', 'i'],
      ['import', 'ids'],
    ],
    [
      ['holdfast', 'ids', '--disk', ''],
      ['auto', 'native', 'portable'],
    ],
    [['holdfast', 'ids', '--disk', '=', 'n'], ['native']],
    [
      ['holdfast', 'ids', '--disk', '='],
      ['auto', 'native', 'portable'],
    ],
    [
      ['holdfast', 'ids', '--di'],
      ['--dir', '--disk'],
    ],
    [['holdfast', 'ids', '--limit', ''], []],
    [
      ['holdfast', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['holdfast', 'get', '--', '--te'], []],
    [['holdfast', 'help', 'dele'], ['delete']],
  ])('offers after %j: %j', async (words, offered) => {
    expect((await completed(words)).toSorted()).toEqual(offered.toSorted())
  })

  it('offers files with spaces in their names as one word', async () => {
    const files = ['flow one.yml', 'flow_two.yml', 'other']
    const offered = await completed(['holdfast', 'import', 'flow'], files)
    expect(offered.toSorted()).toEqual(['flow one.yml', 'flow_two.yml'])
  })
})
