import { expect, it } from 'vitest'
import { loadEngine } from './engine.js'
import { Scenario } from './scenario.js'
import { STORIES } from './stories.js'

const engine = await loadEngine(new URL('../../../dist/', import.meta.url))

it.each(Object.entries(STORIES))('%s', async (_name, story) => {
  expect(await Scenario.play(engine, story)).toBeGreaterThan(0)
})
