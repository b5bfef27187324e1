import { expect, it } from 'vitest'
import { StepClock } from '../../../../src/optimizer/service/step-timings.js'

it('the steps of an optimization are summed up in seconds, those that fail included', async () => {
  let nowMs = 0
  const clock = new StepClock(() => nowMs)
  const taking = async (ms: number): Promise<void> => void (nowMs += ms)
  await clock.measure('load_dsl', async () => await taking(250))
  await clock.measure('save_versions', async () => await taking(500))
  await clock.measure('save_versions', async () => await taking(500))
  await expect(
    clock.measure('optimize_prompts', async () => {
      await taking(250)
      throw new Error('failed')
    }),
  ).rejects.toThrow('failed')
  expect(clock.timings()).toEqual({
    load_dsl: 0.25,
    extract_prompts: 0,
    analyze_prompts: 0,
    optimize_prompts: 0.25,
    save_versions: 1,
    generate_patches: 0,
    total: 1.5,
  })
})
