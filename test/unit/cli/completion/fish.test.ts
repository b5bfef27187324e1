import { describe, expect, it } from 'vitest'
import { fishCompletion } from '../../../../src/cli/completion/fish.js'
import { isLeftOut, PLACES, runIn } from './shells.js'

async function completed(line: string, files: readonly string[] = []): Promise<string[]> {
  const script = `${fishCompletion(PLACES)}\ncomplete -C '${line}'`
  const output = await runIn('fish', script, files)
  return output.split('\n').flatMap((found) => (found === '' ? [] : [found.split('\t')[0] ?? '']))
}

describe.skipIf(isLeftOut('fish'))('the completion for fish', () => {
  it.each([
    ['holdfast files p', ['prune', 'put']],
    ['holdfast --dir x files put --me', ['--meta']],
    ['holdfast --dir files im', ['import']],
    ['holdfast ids --disk ', ['auto', 'native', 'portable']],
    ['holdfast ids --disk=n', ['--disk=native']],
    ['holdfast completion ', ['bash', 'fish', 'zsh']],
    ['holdfast help dele', ['delete']],
  ])('offers after "%s": %j', async (line, offered) => {
    expect((await completed(line)).toSorted()).toEqual(offered)
  })

  it('offers files only where one is expected', async () => {
    expect(await completed('holdfast import fl', ['flow.yml'])).toEqual(['flow.yml'])
    expect(await completed('holdfast latest fl', ['flow.yml'])).toEqual([])
  })
})
