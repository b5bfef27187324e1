import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeLines } from '../../../../src/versions/registry/merge-lines.js'
import { SEED } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'

describe('mergeLines', () => {
  it('has the lines of the base at conflicts', async () => {
    expect(await mergeLines('a\nb\nc\n', 'x\nb\n1\n', 'a\nb\n2\n')).toEqual({
      merged: 'x\nb\nc\n',
      conflicts: [{ base: 'c\n', ours: '1\n', theirs: '2\n' }],
    })
  })

  it('merges random texts as git merge-file does', async () => {
    const directory = await tempDirectory()
    // Each line of the base is there once: where lines repeat, two shortest differences can be equally good.
    const base = Array.from({ length: 12 }, (_, at) => `line ${at}\n`)
    const edit = fc.record({
      at: fc.nat(11),
      remove: fc.nat(2),
      add: fc.array(fc.constantFrom('x\n', 'y\n'), { maxLength: 2 }),
    })
    const side = fc.array(edit, { maxLength: 2 }).map((edits) =>
      edits
        .toSorted((left, right) => right.at - left.at)
        .reduce((lines, { at, remove, add }) => lines.toSpliced(at, remove, ...add), base)
        .join(''),
    )
    const outcomes = new Set<string>()
    await writeFile(join(directory, 'base'), base.join(''))
    for (const [ours, theirs] of fc.sample(fc.tuple(side, side), { numRuns: 150, seed: SEED })) {
      await writeFile(join(directory, 'ours'), ours)
      await writeFile(join(directory, 'theirs'), theirs)
      const { error, status, stdout } = spawnSync(
        'git',
        ['merge-file', '-p', 'ours', 'base', 'theirs'],
        { cwd: directory, encoding: 'utf8' },
      )
      expect(error).toBeUndefined()
      const { merged, conflicts } = await mergeLines(base.join(''), ours, theirs)
      const place = JSON.stringify({ ours, theirs })
      expect(conflicts.length > 0, place).toBe(status !== 0)
      if (status === 0) expect(merged, place).toBe(stdout)
      outcomes.add(status === 0 ? 'merged' : 'conflict')
    }
    expect(outcomes.size).toBe(2)
  })
})
