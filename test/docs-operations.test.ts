import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { section } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'
import { runHere } from './unit/cli/environment.js'
import { filled } from './unit/cli/here.js'

/** The commands of a chapter, in their order. */
function commandsOf(heading: string): readonly string[] {
  const blocks = section('docs/operations.md', heading).matchAll(/^```sh\n(.*?)^```$/gms)
  return Array.from(blocks, ([, block = '']) => block.trim().split('\n')).flat()
}

describe('docs/operations.md', () => {
  it.each([
    ['## Maintenance', 14],
    ['## Troubleshooting', 12],
  ])('has commands in "%s", each of which runs', async (heading, count) => {
    const [prompts, directory] = [await filled(), await tempDirectory()]
    const commands = commandsOf(heading)
    expect(commands).toHaveLength(count)
    for (const command of commands) {
      const args = command
        .split(' ')
        .slice(1)
        .map((word) => {
          if (word === 'prompts') return prompts
          return ['backups', 'drill'].includes(word) ? join(directory, word) : word
        })
      expect(command).toMatch(/^holdfast /)
      expect({ command, ...(await runHere(args)) }).toMatchObject({ command, code: 0 })
    }
  })
})
