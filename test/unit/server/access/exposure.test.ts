import { describe, expect, it } from 'vitest'
import {
  checkExposure,
  isCrossSite,
  isLocalName,
  isLoopback,
} from '../../../../src/server/access/exposure.js'

describe('a server without tokens and certificates', () => {
  it('listens on loopback only, and says what else there is', () => {
    const open = { hasTokens: false, asksCertificates: false }
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1'])
      expect(() => checkExposure({ ...open, host }), host).not.toThrow()
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '', '127.0.0.1.example.com']) {
      expect(() => checkExposure({ ...open, host }), host).toThrow(TypeError)
      expect(() => checkExposure({ ...open, host })).toThrow('--tokens')
    }
    for (const shut of [
      { hasTokens: true, asksCertificates: false },
      { hasTokens: false, asksCertificates: true },
    ])
      expect(() => checkExposure({ ...shut, host: '0.0.0.0' })).not.toThrow()
  })

  it('knows the names of this machine', () => {
    for (const host of ['localhost', 'localhost:80', '127.0.0.1:8000', '[::1]:8000', 'LOCALHOST'])
      expect(isLocalName(host), host).toBe(true)
    for (const host of [undefined, '', 'evil.example', 'localhost.evil.example:80', '127.0.0.1.x'])
      expect(isLocalName(host), host).toBe(false)
    expect(isLoopback('128.0.0.1')).toBe(false)
  })

  it('knows a page of another site by what the browser says', () => {
    const host = 'localhost:8000'
    expect(isCrossSite({ host })).toBe(false)
    expect(isCrossSite({ host, origin: 'http://localhost:8000' })).toBe(false)
    expect(isCrossSite({ host, origin: 'http://localhost:9000' })).toBe(true)
    expect(isCrossSite({ host, origin: 'null' })).toBe(true)
    expect(isCrossSite({ host, 'sec-fetch-site': 'cross-site' })).toBe(true)
    expect(isCrossSite({ host, 'sec-fetch-site': 'same-origin' })).toBe(false)
  })
})
