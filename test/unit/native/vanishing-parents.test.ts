import { expect, it } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'

const TIMES = 300

it('a file is created though others remove its directory, empty again, at every moment', async () => {
  const path = await tempDirectory()
  const comeAndGo = async (name: string): Promise<void> => {
    await using directory = await DurableDirectory.open(path, { durability: 'none' })
    for (let time = 0; time < TIMES; time++) {
      await directory.commit([{ kind: 'create', path: `d/${name}`, bytes: Buffer.from('x') }])
      await directory.commit([{ kind: 'remove', path: `d/${name}` }])
    }
  }
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(comeAndGo))
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
})
