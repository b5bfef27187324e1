import { describe, expect, it } from 'vitest'
import { pathOf } from '../../../src/cli/version-path.js'
import { createStorage } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

describe('pathOf', () => {
  it('is where the file of a version is or would be, and nothing in a store without files', async () => {
    const directory = await tempDirectory()
    await using files = await createStorage(`file:${directory}`)
    expect((await pathOf(files, 'p', '1.0.0')).path).toContain(directory)
    await using memory = await createStorage('memory:')
    expect(await pathOf(memory, 'p', '1.0.0')).toEqual({})
  })
})
