import { describe, expect, it } from 'vitest'
import { Gate } from '../../../../src/engine/journal/gate.js'

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { work: async () => await ended, end: () => end() }
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

describe('a gate', () => {
  it('lets many pass together, and says when all have left', async () => {
    const gate = new Gate()
    const [first, second] = [held(), held()]
    const both = [gate.pass(first.work), gate.pass(second.work)]
    expect([gate.inside, gate.isClosed, gate.isIdle]).toEqual([2, false, false])
    first.end()
    second.end()
    await Promise.all(both)
    expect([gate.inside, gate.isIdle]).toEqual([0, true])
  })

  it('begins work that must be alone only when nothing is inside, and holds up the rest until it has ended', async () => {
    const gate = new Gate()
    const [commit, alone] = [held(), held()]
    const order: string[] = []
    const passing = gate.pass(commit.work).then(() => order.push('commit'))
    const closing = gate.alone(async () => {
      order.push('alone begins')
      await alone.work()
      order.push('alone ends')
    })
    const late = gate.pass(async () => void order.push('late'))
    await turn()
    expect([gate.isClosed, order.length]).toEqual([true, 0])
    commit.end()
    await turn()
    expect([...order].sort()).toEqual(['alone begins', 'commit'])
    alone.end()
    await Promise.all([passing, closing, late])
    expect(order.slice(2)).toEqual(['alone ends', 'late'])
    expect(gate.isIdle).toBe(true)
  })

  it('runs one work alone after the other', async () => {
    const gate = new Gate()
    const first = held()
    const order: number[] = []
    const works = [
      gate.alone(async () => {
        await first.work()
        order.push(1)
      }),
      gate.alone(async () => void order.push(2)),
    ]
    await turn()
    expect(order).toEqual([])
    first.end()
    await Promise.all(works)
    expect(order).toEqual([1, 2])
  })

  it('opens again after work that failed, and tells so', async () => {
    const gate = new Gate()
    let told = 0
    gate.onFree(() => told++)
    await expect(gate.alone(async () => await Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    )
    expect([gate.isIdle, told]).toEqual([true, 1])
    await expect(gate.pass(async () => await Promise.reject(new Error('torn')))).rejects.toThrow(
      'torn',
    )
    expect([gate.isIdle, told]).toEqual([true, 2])
  })
})
