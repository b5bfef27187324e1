import { expect, it } from 'vitest'
import { groupedGets, type Get } from '../../../../src/versions/source/grouped-gets.js'

const versions = (count: number): string[] =>
  Array.from({ length: count }, (_, patch) => `1.0.${patch}`)

async function questionsFor(counts: readonly number[]): Promise<number[]> {
  const asked: number[] = []
  const groups = groupedGets({
    groupsMax: 1,
    read: async (gets: readonly Get[]) => {
      asked.push(gets.length)
      return await Promise.resolve(gets.map(() => []))
    },
  })
  await Promise.all(
    counts.map(async (count) => await groups.ask({ promptId: 'p', versions: versions(count) })),
  )
  return asked
}

it('reads that wait at the same time share a question of at most 64 documents', async () => {
  expect(await questionsFor([1, ...Array.from({ length: 100 }, () => 1)])).toEqual([1, 64, 36])
})

it('a read of more documents is a question of its own', async () => {
  expect(await questionsFor([1, 100, 1])).toEqual([1, 1, 1])
})
