import { describe, expect, it } from 'vitest'
import {
  resolveServerOptions,
  SERVER_OPTION_NAMES,
  type ServerOptions,
} from '../../../src/server/server-options.js'

describe('the options of a server', () => {
  it('all have a default but TLS', () => {
    const resolved = resolveServerOptions()
    expect(Object.keys(resolved)).toEqual(SERVER_OPTION_NAMES)
    const missing = Object.entries(resolved).filter(([, value]) => value === undefined)
    expect(missing.map(([name]) => name)).toEqual(['tls'])
  })

  it.each([
    [{ bodyBytesMax: 10 }, 'bodyBytesMax'],
    [{ connectionsMax: '10' }, 'connectionsMax'],
    [{ readOnly: 1 }, 'readOnly'],
    [{ protectedLabels: 'production' }, 'protectedLabels'],
    [{ tls: { cert: 1, key: 'x' } }, 'tls.cert'],
    [{ tls: { cert: 'x', key: 'x', ca: 'x' } }, 'ca'],
    [{ tls: [] }, 'tls'],
    [{ bodyBytes: 10 }, 'bodyBytesMax'],
  ])('are refused by name: %j', (given, named) => {
    expect(() => resolveServerOptions(given as ServerOptions)).toThrow(named)
  })
})
