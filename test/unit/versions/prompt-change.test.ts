import { describe, expect, it } from 'vitest'
import { checkPromptIds, planChanges } from '../../../src/versions/prompt-change.js'
import { NO_HEAD, type PromptHead, type PromptView } from '../../../src/versions/prompt-heads.js'

const at = '2025-01-17T10:30:00.000Z'

function labelled(labels: Readonly<Record<string, string>>): PromptHead {
  const entries = Object.entries(labels).map(([label, version]) => [
    label,
    { version, at, by: null, reason: null },
  ])
  return { ...NO_HEAD, labels: Object.fromEntries(entries) }
}

function viewOf(versions: readonly string[], head?: PromptHead): PromptView {
  return { promptId: 'p', head, versions }
}

describe('planChanges', () => {
  it('requires the versions that labels are moved to, but not those that they stay at', () => {
    const view = viewOf(['1.0.0', '1.0.1', '1.0.2'], labelled({ production: '1.0.0' }))
    const head = labelled({ production: '1.0.0', staging: '1.0.1', next: '1.1.0' })
    const save = [{ prompt_id: 'p', version: '1.1.0' }]
    const [plan] = planChanges([view], {
      changes: [{ promptId: 'p', save, head, requires: ['1.0.2', '1.0.1'] }],
      result: undefined,
    })
    expect(plan).toMatchObject({ save, head, requires: ['1.0.2', '1.0.1'], delete: [] })
  })

  it('takes a head that is equal to the one there for no change', () => {
    const view = viewOf(['1.0.0'], labelled({ production: '1.0.0' }))
    const same = labelled({ production: '1.0.0' })
    const changes = [{ promptId: 'p', head: same }]
    expect(planChanges([view], { changes, result: 0 })[0]?.head).toBeUndefined()
  })

  it('records the highest number only when it goes, and never a lower one than is recorded', () => {
    const deleting = (
      versions: readonly string[],
      gone: readonly string[],
      highest: string,
    ): unknown =>
      planChanges([viewOf(versions, { ...NO_HEAD, highest })], {
        changes: [{ promptId: 'p', delete: gone }],
        result: 0,
      })[0]?.head?.highest
    expect(deleting(['1.9.0', '1.10.0'], ['1.10.0'], '1.2.0')).toBe('1.10.0')
    expect(deleting(['1.9.0', '1.10.0'], ['1.9.0'], '1.2.0')).toBe('1.2.0')
    expect(deleting(['1.9.0', '1.10.0'], ['1.10.0'], '2.0.0')).toBe('2.0.0')
    expect(deleting(['1.10.0', '2.0.0-rc.1'], ['2.0.0-rc.1'], '1.10.0')).toBe('2.0.0-rc.1')
  })

  it('names all labels of the version that they keep', () => {
    const view = viewOf(['1.0.0', '1.0.1'], labelled({ a: '1.0.1', b: '1.0.0', c: '1.0.1' }))
    const changes = [{ promptId: 'p', delete: ['1.0.1'] }]
    expect(() => planChanges([view], { changes, result: 0 })).toThrow(
      expect.objectContaining({
        code: 'OPT-LABEL-001',
        context: { prompt_id: 'p', version: '1.0.1', labels: ['a', 'c'], reason: 'labelled' },
      }),
    )
  })

  it('refuses what is not a decision', () => {
    for (const wrong of [undefined, {}, { changes: 1 }])
      expect(() => planChanges([], wrong as never)).toThrow(/decide must return/)
    const twice = { changes: [{ promptId: 'p' }, { promptId: 'p' }], result: 0 }
    expect(() => planChanges([viewOf([])], twice)).toThrow(/at most one change of each prompt/)
  })
})

describe('checkPromptIds', () => {
  it('takes 1 to 64 different ids', () => {
    checkPromptIds(Array.from({ length: 64 }, (_, at) => `p${at}`))
    expect(() => checkPromptIds([])).toThrow(RangeError)
    expect(() => checkPromptIds(['p', 'p'])).toThrow(/each id once/)
    expect(() => checkPromptIds([7] as never)).toThrow(/promptIds\[0\]/)
  })
})
