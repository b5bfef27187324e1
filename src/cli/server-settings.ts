import { readInputFile } from '../disk/input-files.js'
import type { AccessToken } from '../server/access/access-token.js'
import type { ServerOptions, TlsOptions } from '../server/server-options.js'
import { isRecord } from '../base/values.js'
import { parseYamlHere } from './chosen-store.js'
import { CliError } from './errors.js'
import { protectedLabelsOf } from './registry.js'
import type { Session } from './session.js'

/** What the command line says of a server, beside its store and its place. */
export interface ServeFlags {
  readonly tokens?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly clientCa?: string
  readonly limits?: string
}

/** Longest file of tokens, certificates or limits. */
const FILE_BYTES_MAX = 1024 * 1024

/**
 * The options of a server. Tokens come from a file or the environment only: other users see the arguments of a process.
 * @throws CliError for a file that cannot be used
 */
export async function serverSettings(session: Session, flags: ServeFlags): Promise<ServerOptions> {
  const { variables } = session.environment
  const limits = flags.limits === undefined ? {} : await mappingOf(flags.limits, '--limits')
  const tlsOptions = await tlsOf(flags)
  const file = flags.tokens ?? variables['HOLDFAST_SERVER_TOKENS_FILE']
  const tokens = [
    ...tokenOf(variables['HOLDFAST_SERVER_TOKEN']),
    ...(file === undefined || file === '' ? [] : await tokensOf(file)),
  ]
  return {
    ...limits,
    protectedLabels: protectedLabelsOf(session),
    ...(session.options.readOnly === true ? { readOnly: true } : {}),
    ...(tokens.length === 0 ? {} : { tokens }),
    ...(tlsOptions === undefined ? {} : { tls: tlsOptions }),
  }
}

/** The one token of a server for one user, who may do everything. */
function tokenOf(secret: string | undefined): readonly AccessToken[] {
  return secret === undefined || secret === '' ? [] : [{ name: 'token', scope: 'admin', secret }]
}

async function tokensOf(file: string): Promise<readonly AccessToken[]> {
  const { tokens } = await mappingOf(file, 'the file of tokens')
  if (Array.isArray(tokens) && tokens.length > 0) return tokens as readonly AccessToken[]
  throw new CliError(
    'CLI-INPUT-001',
    `${file} must have "tokens", a list of { name, scope, secret } or { name, scope, sha256 }`,
  )
}

async function mappingOf(file: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await parseYamlHere(await textOf(file, what))
  if (isRecord(value)) return value
  throw new CliError('CLI-INPUT-001', `${file} (${what}) must be a mapping in YAML or JSON`)
}

async function tlsOf({ tlsCert, tlsKey, clientCa }: ServeFlags): Promise<TlsOptions | undefined> {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new CliError('CLI-USAGE-001', 'HTTPS needs both --tls-cert and --tls-key')
  return {
    cert: await textOf(tlsCert, '--tls-cert'),
    key: await textOf(tlsKey, '--tls-key'),
    ...(clientCa === undefined ? {} : { clientCa: await textOf(clientCa, '--client-ca') }),
  }
}

async function textOf(file: string, what: string): Promise<string> {
  try {
    return Buffer.from(await readInputFile(file, FILE_BYTES_MAX)).toString('utf8')
  } catch (cause) {
    throw new CliError('CLI-INPUT-001', `${file} (${what}) cannot be read`, { cause })
  }
}
