import { describe, expect, it } from 'vitest'
import { Groups } from '../../../src/base/groups.js'

type Settled = PromiseSettledResult<string>

/** Groups that end when the test says so. */
function held(begin: () => (call: number) => boolean = () => () => true): {
  readonly groups: Groups<number, string>
  readonly begun: (readonly number[])[]
  readonly end: (answers?: (call: number) => Settled) => Promise<void>
} {
  const begun: (readonly number[])[] = []
  const ends: ((answers: readonly Settled[]) => void)[] = []
  const groups = new Groups<number, string>({
    groupsMax: 1,
    begin,
    run: async (calls) => {
      begun.push(calls)
      return await new Promise((resolve) => ends.push(resolve))
    },
  })
  const answer = (call: number): Settled => ({ status: 'fulfilled', value: `answer ${call}` })
  const end = async (answers = answer): Promise<void> => {
    const calls = begun.at(-1) ?? []
    ends.shift()?.(calls.map(answers))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { groups, begun, end }
}

describe('groups', () => {
  it('begin a call at once that has no others beside it', () => {
    const { groups, begun } = held()
    void groups.ask(1)
    expect(begun).toEqual([[1]])
  })

  it('take all that wait meanwhile together, and answer each', async () => {
    const { groups, begun, end } = held()
    const answers = [1, 2, 3].map(async (call) => await groups.ask(call))
    await end()
    expect(begun).toEqual([[1], [2, 3]])
    await end()
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3'])
  })

  it('leave those that do not fit for the next group, in their order', async () => {
    const { groups, begun, end } = held(() => {
      const taken = new Set<number>()
      return (call) => !taken.has(call) && taken.add(call).has(call)
    })
    void Promise.all([1, 2, 2, 3, 2].map(async (call) => await groups.ask(call)))
    for (let group = 0; group < 4; group++) await end()
    expect(begun).toEqual([[1], [2, 3], [2], [2]])
  })

  it('fail the call that failed, and no other', async () => {
    const { groups, end } = held()
    const first = groups.ask(1)
    const answers = Promise.allSettled([2, 3].map(async (call) => await groups.ask(call)))
    await end()
    await end((call) =>
      call === 2 ? { status: 'rejected', reason: 'no' } : { status: 'fulfilled', value: 'yes' },
    )
    expect(await first).toBe('answer 1')
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('fail all calls of a group that failed as a whole, and go on with the next', async () => {
    let runs = 0
    const groups = new Groups<number, string>({
      groupsMax: 1,
      begin: () => () => true,
      run: async (calls) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (++runs === 2) throw new RangeError('not this one')
        return calls.map((call) => ({ status: 'fulfilled', value: `${call}` }))
      },
    })
    const outcomes = await Promise.allSettled([1, 2, 3].map(async (call) => await groups.ask(call)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await groups.ask(4)).toBe('4')
  })
})
