import { describe, expect, it } from 'vitest'
import { holdfast } from '../here.js'

describe('holdfast optimize', () => {
  it('lists its commands', async () => {
    const { stdout } = await holdfast(['optimize', '--help'])
    for (const command of ['scan', 'score'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it('needs a command', async () => {
    expect((await holdfast(['optimize'])).code).toBe(2)
  })
})
