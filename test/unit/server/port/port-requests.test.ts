import { describe, expect, it } from 'vitest'
import { PORT_REQUESTS } from '../../../../src/server/port/port-requests.js'
import { PORT_OPERATIONS } from '../../../../src/wire/paths.js'

describe('requests of the port', () => {
  it.each(PORT_OPERATIONS)('%s lets nothing through that it does not know', (operation) => {
    const { success } = PORT_REQUESTS[operation].safeParse({ surprise: 1 })
    expect(success).toBe(false)
  })

  it('accept what they name', () => {
    expect(PORT_REQUESTS.names.parse({ prompt_id: 'p' })).toEqual({ prompt_id: 'p' })
  })
})
