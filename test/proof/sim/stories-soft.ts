import type { Durability } from '../../../src/engine/directory-options.js'
import type { Scenario, Story } from './scenario.js'

const LARGE = 'x'.repeat(9000)
const PAGE = 'y'.repeat(3500)

function at(durability: Durability, story: (scenario: Scenario) => Promise<void>): Story {
  return Object.assign(story, { durability })
}

/** Where calls are acknowledged before they are flushed: what is due stays, and what came later takes nothing with it. */
export const SOFT_STORIES: Readonly<Record<string, Story>> = {
  'flushes at interval what was acknowledged': at('interval', async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/file': 'A', other: 'B' })
    await scenario.due()
    await scenario.commit(opened, { later: 'C' })
  }),

  'flushes at interval a segment before it turns to the next': at('interval', async (scenario) => {
    const opened = await scenario.open()
    for (let number = 0; number < 20; number++)
      await scenario.commit(opened, { [`file${number}`]: PAGE })
    await scenario.due()
  }),

  'flushes at interval what another process wrote after it turned to the next segment': at(
    'interval',
    async (scenario) => {
      const first = await scenario.open()
      await scenario.commit(first, { first: 'A' })
      const second = await scenario.open()
      for (let number = 0; number < 20; number++)
        await scenario.commit(second, { [`file${number}`]: PAGE })
      await scenario.due()
    },
  ),

  'flushes at none what a checkpoint covers': at('none', async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/file': 'A', large: LARGE })
    await scenario.due(async () => await opened.directory.checkpoint())
    await scenario.commit(opened, { later: 'C' })
  }),

  'turns the segment for the note of a checkpoint without forgetting what is not flushed': at(
    'none',
    async (scenario) => {
      const opened = await scenario.open()
      for (let number = 0; number < 7; number++) {
        await scenario.commit(opened, { [`file${number}`]: PAGE, [`more${number}`]: PAGE })
        const checkpoint = scenario.due(async () => await opened.directory.checkpoint())
        await scenario.commit(opened, { [`after${number}`]: 'A' })
        await checkpoint
      }
    },
  ),

  'opens where a large content went before its removal was flushed': at(
    'interval',
    async (scenario) => {
      const opened = await scenario.open()
      await scenario.commit(opened, { keep: 'A', large: LARGE })
      await scenario.due()
      await scenario.commit(opened, { large: undefined })
      await scenario.commit(opened, { later: 'B' })
    },
  ),

  'takes nothing with it that was there before, where it replaces a file': at(
    'none',
    async (scenario) => {
      const opened = await scenario.open()
      await scenario.commit(opened, { small: 'old', large: LARGE })
      await scenario.due(async () => await opened.directory.checkpoint())
      await scenario.commit(opened, { small: 'new', large: `${LARGE}!` })
      await scenario.commit(opened, { large: 'short' })
    },
  ),
}
