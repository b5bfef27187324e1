import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { headOf } from '../../../src/versions/conformance/transacting.js'
import { acceptPlanned, planCopy, sameHead } from '../../../src/versions/prompt-copy.js'
import type { PromptView } from '../../../src/versions/prompt-heads.js'
import { promptVersionSchema } from '../../../src/versions/prompts/prompt-version.js'
import { CopiedVersion } from '../../../src/versions/version-copies.js'

const VIEW: PromptView = { promptId: 'p', head: undefined, versions: ['1.0.0', '1.1.0'] }
const RULES = { schema: promptVersionSchema, allowPrerelease: false }

function copyOf(version: string): CopiedVersion {
  return new CopiedVersion(sampleVersion('p', version), '2024-01-01T00:00:00.000Z', 3)
}

describe('the plan of a copy', () => {
  it('is nothing where there is nothing to do', () => {
    expect(planCopy(VIEW, { save: [] })).toBeUndefined()
  })

  it('requires the versions that labels name and that are not saved with it', () => {
    const head = {
      ...headOf('production', '1.0.0'),
      labels: {
        ...headOf('production', '1.0.0').labels,
        ...headOf('beta', '2.0.0').labels,
      },
    }
    const record = { head, history: [] }
    const plan = planCopy(VIEW, { save: [copyOf('2.0.0')], record, remove: ['1.1.0', '9.9.9'] })
    expect(plan).toMatchObject({ requires: ['1.0.0'], delete: ['1.1.0'], record, moves: [] })
  })

  it('refuses a version that exists, and a label whose version is missing or removed', () => {
    expect(() => planCopy(VIEW, { save: [copyOf('1.0.0')] })).toThrow(/1.0.0/)
    const record = { head: headOf('production', '1.0.0'), history: [] }
    expect(() => planCopy(VIEW, { save: [], record, remove: ['1.0.0'] })).toThrow(
      /must name a version that is copied, got 1.0.0/,
    )
  })
})

describe('the documents of planned changes', () => {
  it('are copies as they are, and others as the schema returns them', async () => {
    const old = { prompt_id: 'p', version: '0.1.0', text: 'of no schema' }
    const copy = new CopiedVersion(old, null, 1)
    const plan = planCopy(VIEW, { save: [copy] })
    const [accepted] = await acceptPlanned(plan === undefined ? [] : [plan], RULES)
    expect(accepted).toEqual({ version: old, isDated: true, copied: copy })
    const fresh = { view: VIEW, save: [old], delete: [], head: undefined, moves: [] }
    const plans = [{ ...fresh, requires: [], isDeletion: false }]
    await expect(acceptPlanned(plans, RULES)).rejects.toThrow(TypeError)
  })
})

describe('two heads', () => {
  it('are the same if they say the same', () => {
    expect(sameHead(undefined, undefined)).toBe(true)
    expect(sameHead(headOf('a', '1.0.0'), headOf('a', '1.0.0'))).toBe(true)
    expect(sameHead(headOf('a', '1.0.0'), headOf('a', '1.0.1'))).toBe(false)
    expect(sameHead(headOf('a', '1.0.0'), undefined)).toBe(false)
  })
})
