import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { runHere } from '../environment.js'
import { filled, holdfast, holdfastJson } from '../here.js'

/** 1.0.0, two versions made from it, and one that has everything. */
async function branched(): Promise<string> {
  const dir = await tempDirectory()
  for (const argv of [
    ['--text', 'one', '--author', 'ada', '--message', 'First'],
    ['--text', 'two', '--parent', '1.0.0'],
    ['--text', 'three', '--parent', '1.0.0', '--author', 'bob'],
    ['--text', 'four', '--label', 'live', '--tag', 'short one', '--message', MESSAGE],
  ])
    await holdfast(['publish', 'p', ...argv, '--dir', dir])
  return dir
}

const MESSAGE = `Say it in ${'very '.repeat(20)}few words\nand kindly`

describe('holdfast log', () => {
  it('prints what is known of each version, the newest first', async () => {
    const dir = await branched()
    const { code, stdout } = await holdfast(['log', 'p', '--dir', dir])
    expect(code).toBe(0)
    const times = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
    expect(stdout.replaceAll(times, 'TIME')).toBe(`1.0.3  @live  #short one
    TIME from 1.0.2
    Say it in very very very very very very very very very very very very very
    very very very very very very very few words
    and kindly

1.0.2
    TIME by bob from 1.0.0

1.0.1
    TIME from 1.0.0

1.0.0
    TIME by ada
    First
`)
  })

  it('draws the graph in 80 columns', async () => {
    const dir = await branched()
    const { stdout } = await holdfast(['log', 'p', '--graph', '--dir', dir])
    expect(stdout).toBe(`* 1.0.3  @live  #short one
|     Say it in very very very very very very very very very very very very very
|     very very very very very very very few words
* 1.0.2  bob
| * 1.0.1
|/
* 1.0.0  ada: First
`)
    await holdfast(['delete', 'p', '1.0.0', '--yes', '--dir', dir])
    const without = await holdfast(['log', 'p', '--graph', '--dir', dir])
    expect(without.stdout).toContain('* 1.0.2  (from 1.0.0) bob\n* 1.0.1  (from 1.0.0)\n')
  })

  it('prints all of it as JSON, whole or by the line', async () => {
    const dir = await branched()
    const { document } = await holdfastJson(['log', 'p', '--dir', dir])
    expect(document).toMatchObject({
      prompt_id: 'p',
      versions: [
        { version: '1.0.3', labels: ['live'], tags: ['short one'], message: MESSAGE },
        { version: '1.0.2', parent_version: '1.0.0', author: 'bob' },
        { version: '1.0.1' },
        { version: '1.0.0', parent_version: null, deprecated: null },
      ],
    })
    const { stdout } = await holdfast(['log', 'p', '--ndjson', '--dir', dir])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      (document as { versions: unknown[] }).versions,
    )
    const graph = await holdfastJson(['log', 'p', '--graph', '--dir', dir])
    expect(graph.document).toMatchObject({
      nodes: [{ version: '1.0.0' }, {}, {}, {}],
      edges: [
        { from: '1.0.0', to: '1.0.1' },
        { from: '1.0.0', to: '1.0.2' },
        { from: '1.0.2', to: '1.0.3' },
      ],
      missing: [],
    })
  })

  it('prints a part', async () => {
    const dir = await filled()
    const argv = ['log', 'Greeting', '--limit', '2', '--offset', '1', '--dir', dir]
    const { document } = await holdfastJson(argv)
    expect(document).toMatchObject({ versions: [{ version: '1.1.0' }, { version: '1.0.1' }] })
    for (const wrong of [
      ['--graph', '--limit', '1'],
      ['--json', '--ndjson'],
    ])
      expect((await holdfast(['log', 'Greeting', ...wrong, '--dir', dir])).code).toBe(2)
    expect((await holdfast(['log', 'Gretting', '--dir', dir])).stderr).toContain('did you mean')
  })

  it('colours numbers, labels and tags, and shows no character that controls a terminal', async () => {
    const dir = await tempDirectory()
    const hostile = ['--message', '\u001b[2J', '--author', '\u009bm']
    await holdfast(['publish', 'p', '--text', 'a', '--label', 'live', ...hostile, '--dir', dir])
    for (const argv of [[], ['--graph']]) {
      const { code, stdout } = await runHere(['log', 'p', ...argv, '--dir', dir], { isTTY: true })
      expect(code).toBe(0)
      expect(stdout).toContain('\u001b[33m1.0.0\u001b[39m  \u001b[32m@live\u001b[39m')
      expect(stdout).toContain(String.raw`\u001b[2J`)
      expect(stdout).toContain(String.raw`\u009bm`)
    }
  })
})
