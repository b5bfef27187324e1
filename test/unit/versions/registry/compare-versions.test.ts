import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { diffVersions, mergeVersions } from '../../../../src/versions/registry/compare-versions.js'

type Version = ReturnType<typeof sampleVersion>

const version = (number: string, text: string): Version => {
  const plain = sampleVersion('p', number, { parent_version: null })
  return { ...plain, prompt: { ...plain.prompt, text } }
}

describe('two versions', () => {
  it('are compared by their prompts, not by their numbers and dates', async () => {
    const diff = await diffVersions(version('1.0.0', 'same'), version('2.0.0', 'same'))
    expect(diff).toEqual({
      from: '1.0.0',
      to: '2.0.0',
      same: true,
      texts: [],
      fields: [],
      patch: [],
    })
    const changed = await diffVersions(version('1.0.0', 'one word'), version('1.0.1', 'two word'))
    expect(changed.suggested).toEqual({ bump: 'patch', reasons: ['words changed'] })
  })

  it('are merged over a third one', async () => {
    const [base, ours, theirs] = ['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'].map((text, at) =>
      version(`1.0.${at}`, text),
    ) as [Version, Version, Version]
    expect((await mergeVersions(base, ours, theirs)).merged?.text).toBe('A\nb\nC\n')
  })

  it('are merged without a conflict over what follows from other fields', async () => {
    const imported = (at: number, text: string, variables: string[], time: object): Version => {
      const plain = version(`1.0.${at}`, text)
      return { ...plain, prompt: { ...plain.prompt, variables, ...time } }
    }
    const base = imported(0, '{{a}}\nb\nc\n', ['a'], {})
    const ours = imported(1, '{{x}}\nb\nc\n', ['x'], { extracted_at: '2025-02-01T00:00:00Z' })
    const later = { extracted_at: '2025-03-01T00:00:00Z' }
    const theirs = imported(2, '{{a}}\nb\n{{y}}\n', ['a', 'y'], later)
    const { merged, conflicts } = await mergeVersions(base, ours, theirs)
    expect(conflicts).toEqual([])
    expect(merged).toMatchObject({
      text: '{{x}}\nb\n{{y}}\n',
      variables: ['x', 'y'],
      ...later,
    })
    expect(Object.isFrozen(merged)).toBe(true)
    const onesided = await mergeVersions(base, ours, version('1.0.2', '{{a}}\nb\nC\n'))
    expect(onesided.merged?.variables).toEqual(['x'])
  })
})
