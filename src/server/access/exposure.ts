import { isIP } from 'node:net'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'

/** How a server is reached, and what it asks of its clients. */
export interface Exposure {
  readonly host: string
  readonly hasTokens: boolean
  /** Whether clients have to have a certificate. */
  readonly asksCertificates: boolean
}

/** @throws TypeError for a server that other machines reach without a secret, with the remedy */
export function checkExposure({ host, hasTokens, asksCertificates }: Exposure): void {
  if (hasTokens || asksCertificates || isLoopback(host)) return
  throw wrongArgument(
    `Other machines could read and write everything at host ${shown(host)}: name tokens (--tokens FILE, or HOLDFAST_SERVER_TOKEN), or ask for certificates (--tls-cert, --tls-key and --client-ca); without either, the server listens at 127.0.0.1, ::1 or localhost only`,
  )
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (address === 'localhost') return true
  if (isIP(address) === 4) return address.startsWith('127.')
  return address === '::1' || address.startsWith('::ffff:127.')
}

/**
 * Whether the `Host` of a request is one of this machine. A page of another site reaches a server on loopback by a name
 * of its own that leads there (DNS rebinding); its requests carry that name.
 */
export function isLocalName(hostHeader: string | undefined): boolean {
  if (hostHeader === undefined) return false
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(hostHeader) ?? []
  return isLoopback(name)
}

/** Whether a browser says that a page of another site sends the request. */
export function isCrossSite(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (site === 'cross-site' || site === 'same-site') return true
  if (typeof origin !== 'string') return false
  return origin.replace(/^https?:\/\//, '') !== host
}
