import { describe, expect, it } from 'vitest'
import { quoted } from '../../../../src/cli/completion/places.js'
import { COMMANDS } from '../commands.js'
import { PLACES } from './shells.js'

function place(path: string): (typeof PLACES)[number] | undefined {
  return PLACES.find((each) => each.path === path)
}

describe('the places of a completion', () => {
  it('are all commands', () => {
    const paths = PLACES.map(({ path }) => path)
    for (const command of COMMANDS) expect(paths).toContain(command.join(' '))
  })

  it('offer choices, files and directories where these are expected', () => {
    const disk = place('')?.options.find(({ long }) => long === '--disk')
    expect(disk?.value).toEqual({ kind: 'choices', choices: ['auto', 'native', 'portable'] })
    const dir = place('')?.options.find(({ long }) => long === '--dir')
    expect(dir).toMatchObject({ short: '-d', value: { kind: 'directory' } })
    const limit = place('ids')?.options.find(({ long }) => long === '--limit')
    expect(limit?.value).toEqual({ kind: 'nothing' })
    expect(place('ids')?.words).toEqual({ kind: 'nothing' })
    expect(place('import')?.words).toEqual({ kind: 'file' })
    expect(place('backup')?.words).toEqual({ kind: 'directory' })
    expect(place('help')?.words).toMatchObject({ choices: expect.arrayContaining(['files']) })
  })

  it('quote what a shell would read as more than itself', () => {
    expect(quoted("it's $HOME")).toBe("'it'\\''s $HOME'")
  })
})
