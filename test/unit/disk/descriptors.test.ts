import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import { Descriptors, repeatCommit } from '../../../src/disk/descriptors.js'

/** A number of descriptors, and calls that each need one for a moment. */
class Supply {
  readonly descriptors: Descriptors = new Descriptors()
  tries = 0
  #free: number

  constructor(free: number) {
    this.#free = free
  }

  readonly call = async (): Promise<string> => {
    const giveBack = this.descriptors.hold()
    this.tries++
    await Promise.resolve()
    if (this.#free === 0) {
      giveBack(false)
      throw new DiskError('EMFILE', 'open', 'file')
    }
    this.#free--
    await Promise.resolve()
    this.#free++
    giveBack()
    return 'done'
  }

  /** Something that keeps a descriptor, until the function is called. */
  keep(): () => void {
    const giveBack = this.descriptors.hold()
    this.#free--
    return () => {
      this.#free++
      giveBack()
    }
  }
}

describe('calls without descriptors', () => {
  it('all succeed one after the other when there is one', async () => {
    const supply = new Supply(1)
    const { descriptors, call } = supply
    const calls = Array.from({ length: 500 }, async () => await descriptors.repeat(call))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['done']))
    expect(supply.tries).toBeLessThan(5_000)
  })

  it('do not fail when what is released goes to one that waited longer', async () => {
    const supply = new Supply(1)
    const { descriptors, call } = supply
    for (let ticks = 0; ticks < 12; ticks++) {
      const giveBack = supply.keep()
      const waiting = descriptors.repeat(call)
      for (let tick = 0; tick < 6; tick++) await Promise.resolve()
      const late = descriptors.repeat(call)
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      giveBack()
      expect(await Promise.all([waiting, late])).toEqual(['done', 'done'])
    }
  })

  it('fail at once, each with its own failure, when none is held that could be released', async () => {
    const supply = new Supply(0)
    const calls = Array.from(
      { length: 5 },
      async () => await supply.descriptors.repeat(supply.call),
    )
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(5)
    expect(supply.tries).toBeLessThan(20)
  })

  it('go on when what holds the only one gives it back, and do not ask all the time until then', async () => {
    const supply = new Supply(1)
    const giveBack = supply.keep()
    const calls = Array.from(
      { length: 20 },
      async () => await supply.descriptors.repeat(supply.call),
    )
    setTimeout(giveBack, 100)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['done']))
    expect(supply.tries).toBeLessThan(200)
  })

  it('fail at once for any other reason', async () => {
    const descriptors = new Descriptors()
    const work = descriptors.repeat(async () => {
      return await Promise.reject(new DiskError('EIO', 'read', 'file'))
    })
    await expect(work).rejects.toMatchObject({ code: 'EIO' })
  })

  it.each(['append', 'frame_flush', 'publish'] as const)(
    'are not made again when a commit has failed in the phase %s, which may have taken effect',
    async (phase) => {
      let commits = 0
      const work = repeatCommit(async () => {
        commits++
        return await Promise.reject(new DiskError('EMFILE', 'publish', 'file', { phase }))
      })
      await expect(work).rejects.toMatchObject({ code: 'EMFILE', phase })
      expect(commits).toBe(1)
    },
  )
})
