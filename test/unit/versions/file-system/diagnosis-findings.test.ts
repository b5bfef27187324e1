import { describe, expect, it } from 'vitest'
import {
  finding,
  type DiagnosisKind,
} from '../../../../src/versions/file-system/diagnosis-findings.js'
import { filled, holdfast } from '../../cli/here.js'

/** Each kind, and whether a command goes with its remedy. */
const KINDS: Readonly<Record<DiagnosisKind, boolean>> = {
  'file-system': true,
  'portable-disk': true,
  'read-only-mount': false,
  'no-writes': true,
  space: true,
  'index-size': true,
  quarantine: true,
  'background-errors': true,
  moved: false,
  resharding: true,
  schema: true,
  'look-alikes': true,
}

describe('a finding of doctor', () => {
  it.each(Object.entries(KINDS))(
    'of the kind %s has a remedy that can be followed',
    async (kind, hasCommand) => {
      const storageDir = await filled()
      const found = finding(kind as DiagnosisKind, 'It is so.', { storageDir, shardDepth: 1 })
      expect(found).toMatchObject({ kind, message: 'It is so.' })
      expect(found.remedy.length).toBeGreaterThan(20)
      expect(found.command !== null).toBe(hasCommand)
      if (found.command === null) return
      // One that names its stores takes no option for that.
      const named = found.command.includes('--from') ? [] : ['--dir', storageDir]
      const { code, stderr } = await holdfast([...found.command, ...named])
      expect({ command: found.command, code, stderr }).toMatchObject({ code: 0 })
    },
  )

  it('completes a resharding in the direction in which it goes', () => {
    const back = finding('resharding', 'It is so.', { storageDir: 'x', shardDepth: 0 })
    expect(back.command).toEqual(['reshard', '--none'])
    const on = finding('resharding', 'It is so.', { storageDir: 'x', shardDepth: 2 })
    expect(on.command).toEqual(['reshard', '--depth', '2'])
  })
})
