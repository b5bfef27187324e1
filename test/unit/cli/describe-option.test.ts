import { describe, expect, it } from 'vitest'
import { holdfast } from './here.js'

describe('--describe', () => {
  it.each([[['--describe']], [['files', 'put', '--describe']], [['--describe', '--json']]])(
    'prints the commands as one JSON document and does nothing else: %j',
    async (args) => {
      const { code, stdout, stderr } = await holdfast(args)
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toMatchObject({
        schema_version: 1,
        program: { name: 'holdfast', path: [], commands: expect.any(Array) },
      })
    },
  )
})
