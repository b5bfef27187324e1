import { describe, expect, it } from 'vitest'
import { COMMANDS, commandsOf } from './commands.js'
import { holdfast, holdfastJson } from './here.js'

const GROUPS = COMMANDS.filter((path) => commandsOf(path).length > 0)

describe('a command that does not exist', () => {
  it('is looked for in each group of commands', () => {
    expect(GROUPS.map((path) => path.join(' '))).toEqual(
      expect.arrayContaining(['', 'optimize', 'files', 'label', 'config', 'migrate']),
    )
  })

  it.each(GROUPS.map((path) => [path]))(
    'is corrected, or told which there are: %j',
    async (path) => {
      const [name = ''] = commandsOf(path).filter((each) => each.length > 3)
      const slip = `${name.slice(0, -1)}x`
      const wrong = await holdfast([...path, slip])
      expect([wrong.code, wrong.stdout]).toEqual([2, ''])
      expect(wrong.stderr).toContain(`unknown command '${slip}'`)
      expect(wrong.stderr).toContain(`(Did you mean ${name}?)`)
      const far = await holdfast([...path, 'frobnicate'])
      expect(far.code).toBe(2)
      expect(far.stderr).toContain("unknown command 'frobnicate'")
      if (path.length === 0) expect(far.stderr).toContain('holdfast --help lists them')
      else for (const each of commandsOf(path)) expect(far.stderr).toContain(each)
    },
  )

  it.each(GROUPS.map((path) => [path]))('is refused by the help, too: %j', async (path) => {
    const { code, stderr } = await holdfast([...path, 'help', 'frobnicate'])
    expect(code).toBe(2)
    expect(stderr).toContain("error CLI-USAGE-001 unknown command 'frobnicate'")
  })

  it('is missing where there is none, and the group that has them is named', async () => {
    const { code, document } = await holdfastJson(['optimize'])
    expect(code).toBe(2)
    expect(document).toMatchObject({
      error: { message: 'No command given; holdfast optimize --help lists them' },
    })
  })

  it('is not what surplus arguments of a command are', async () => {
    const { stderr } = await holdfast(['migrate', 'run', 'more'])
    expect(stderr).toContain("too many arguments for 'run'")
  })
})
