import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { nearestName, shown } from '../base/options.js'
import { isErrorNamed } from '../base/values.js'
import { isSecretName, redactUrl } from './redact.js'

/** Where a store is, as its URL says. */
export type StoreTarget = MemoryTarget | PathTarget | ServerTarget | BucketTarget

interface AnyTarget {
  /** The URL as messages may show it: without its password. */
  readonly shown: string
  /** Whether it contains a password or another secret. */
  readonly hasSecret: boolean
  /** Settings of the backend that follow the "?", by their names in the URL. */
  readonly parameters: Readonly<Record<string, string>>
}

/** `memory:` */
export interface MemoryTarget extends AnyTarget {
  readonly scheme: 'memory'
}

/** `file:DIRECTORY`, `sqlite:FILE` */
export interface PathTarget extends AnyTarget {
  readonly scheme: 'file' | 'sqlite'
  /** As in the URL: relative to the working directory unless it is absolute. */
  readonly path: string
}

/** `postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETERS`; the parameters are those of the driver, and stay in `url`. */
export interface ServerTarget extends AnyTarget {
  readonly scheme: 'postgres'
  /** The whole URL, with its password. */
  readonly url: string
}

/** `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` */
export interface BucketTarget extends AnyTarget {
  readonly scheme: 's3' | 'gs'
  readonly bucket: string
  /** '' or a text that ends with "/". */
  readonly prefix: string
}

export type StoreScheme = StoreTarget['scheme']

/** What comes after the scheme, by its form, for the message that shows how a URL is written. */
const FORMS: Readonly<Record<StoreScheme, string>> = {
  memory: 'memory:',
  file: 'file:DIRECTORY',
  sqlite: 'sqlite:FILE',
  postgres: 'postgres://USER@HOST:PORT/DATABASE',
  s3: 's3://BUCKET/PREFIX',
  gs: 'gs://BUCKET/PREFIX',
}

const SCHEMES = Object.keys(FORMS) as readonly StoreScheme[]
/** Most characters of a URL that a message shows. */
const SHOWN_MAX = 200

/** Names by which programs and people know the same. */
const OTHER_NAMES: Readonly<Record<string, StoreScheme>> = {
  postgresql: 'postgres',
  gcs: 'gs',
  filesystem: 'file',
  sqlite3: 'sqlite',
}

/**
 * Where the store of a URL is: `memory:`, `file:prompts`, `sqlite:prompts.db`, `postgres://user@host/database`,
 * `s3://bucket/prefix`, `gs://bucket/prefix`. Nothing is opened.
 *
 * @throws TypeError that names the part of the URL that is wrong, and shows the URL without its password
 */
export function parseStoreUrl(text: string): StoreTarget {
  const url = splitUrl(text)
  if (url.scheme === 'memory') return memoryTarget(url)
  if (url.scheme === 'file' || url.scheme === 'sqlite') return pathTarget(url, url.scheme)
  return url.scheme === 'postgres' ? serverTarget(url) : bucketTarget(url, url.scheme)
}

interface SplitUrl {
  readonly text: string
  readonly scheme: StoreScheme
  /** Between the scheme and the "?". */
  readonly body: string
  readonly query: string
}

function splitUrl(text: string): SplitUrl {
  if (text.includes('\0')) throw wrong(text, 'it contains a NUL')
  const [, name = ''] = /^([a-z][a-z0-9+.-]+):/i.exec(text) ?? []
  if (name === '') throw wrong(text, `its scheme is missing; ${remedyForPath(text)}`)
  const scheme = schemeOf(text, name.toLowerCase())
  const rest = text.slice(name.length + 1)
  const hash = rest.indexOf('#')
  if (hash >= 0) throw wrong(text, 'it has a fragment; write "#" as %23')
  const mark = rest.indexOf('?')
  const body = mark < 0 ? rest : rest.slice(0, mark)
  return { text, scheme, body, query: mark < 0 ? '' : rest.slice(mark + 1) }
}

function schemeOf(text: string, name: string): StoreScheme {
  const known = SCHEMES.find((scheme) => scheme === name)
  if (known !== undefined) return known
  if (name === 'postgresql') return 'postgres'
  const near = OTHER_NAMES[name] ?? nearestName(name, SCHEMES)
  const hint = near === undefined ? '' : `; did you mean "${near}:"?`
  throw wrong(text, `its scheme must be one of ${SCHEMES.join(', ')}, got ${shown(name)}${hint}`)
}

/** For a text that was meant as the path of a directory, or as the name of a backend. */
function remedyForPath(text: string): string {
  const name = text.trim().toLowerCase()
  if (name === 'memory') return 'write memory:'
  const path = name === '' || name === 'filesystem' || /[\s=]/.test(text) ? 'DIRECTORY' : text
  return `write file:${path} for a directory, or one of ${Object.values(FORMS).join(', ')}`
}

function memoryTarget({ text, body, query }: SplitUrl): MemoryTarget {
  if (body !== '' || query !== '') throw wrong(text, 'nothing follows "memory:"')
  return { scheme: 'memory', shown: 'memory:', hasSecret: false, parameters: {} }
}

function pathTarget(url: SplitUrl, scheme: 'file' | 'sqlite'): PathTarget {
  const path = url.body.startsWith('//') ? absolutePath(url) : decoded(url, url.body, 'path')
  if (path === '') throw wrong(url.text, `its path is empty; write ${FORMS[scheme]}`)
  return { scheme, path, ...parametersOf(url) }
}

/** `file:///var/prompts`; of `sqlite:///var/prompts.db`, the same part. */
function absolutePath({ text, scheme, body }: SplitUrl): string {
  const host = body.slice(2).split('/')[0] ?? ''
  if (host !== '' && host !== 'localhost') {
    throw wrong(
      text,
      `it names a host, and a path has none; write ${scheme}:PATH or ${scheme}:///PATH`,
    )
  }
  try {
    return fileURLToPath(`file:${body}`)
  } catch (cause) {
    if (!isErrorNamed(cause, 'TypeError', 'URIError')) throw cause
    throw wrong(text, `its path is not one of this system: ${cause.message}`, cause)
  }
}

const USER_REMEDY =
  'credentials come from the environment or the files of the client, as AWS_ACCESS_KEY_ID or GOOGLE_APPLICATION_CREDENTIALS'
const ENCODING = 'write "/", "?", "#" and "@" of a user or password as %2F, %3F, %23 and %40'

function serverTarget(url: SplitUrl): ServerTarget {
  const { user, password, host, path } = authorityOf(url)
  decoded(url, user, 'user')
  decoded(url, password, 'password')
  checkHost(url, host)
  const database = decoded(url, path.slice(1), 'database')
  if (database === '' || database.includes('/')) {
    const problem = database === '' ? 'its database is missing' : 'its database contains a "/"'
    throw wrong(url.text, `${problem}; write ${FORMS.postgres}`)
  }
  const { shown: text, hasSecret } = parametersOf(url)
  return {
    scheme: 'postgres',
    url: url.text,
    shown: text,
    hasSecret: hasSecret || password !== '',
    parameters: {},
  }
}

function checkHost({ text }: SplitUrl, host: string): void {
  const encoding = text.includes('@') ? `; ${ENCODING}` : ''
  const [, name, port] = /^(\[[\da-f:.]+\]|[^:[\]@,]*)(?::(.*))?$/i.exec(host) ?? []
  if (name === undefined) throw wrong(text, `its host must be one name or address${encoding}`)
  if (port === undefined) return
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  // A wrong port may be the begin of a password.
  if (number < 1 || number > 65_535)
    throw wrong(text, `its port must be a number from 1 to 65535${encoding}`)
}

function bucketTarget(url: SplitUrl, scheme: 's3' | 'gs'): BucketTarget {
  const { isUserGiven, host: bucket, path } = authorityOf(url)
  if (isUserGiven) throw wrong(url.text, `it names a user; ${USER_REMEDY}`)
  if (!/^[a-z\d][a-z\d._-]{1,220}[a-z\d]$/.test(bucket)) {
    const rule = '3 or more of a-z, 0-9, "-", "." and "_", the first and last a letter or digit'
    throw wrong(url.text, `its bucket must have ${rule}, got ${shown(bucket)}`)
  }
  const name = decoded(url, path, 'prefix').replace(/^\//, '')
  const prefix = name === '' || name.endsWith('/') ? name : `${name}/`
  if (prefix.startsWith('/') || prefix.includes('//'))
    throw wrong(url.text, 'its prefix has an empty part between two "/"')
  return { scheme, bucket, prefix, ...parametersOf(url) }
}

interface Authority {
  readonly isUserGiven: boolean
  readonly user: string
  readonly password: string
  /** With its port. */
  readonly host: string
  /** '' or a text that begins with "/". */
  readonly path: string
}

function authorityOf({ text, scheme, body }: SplitUrl): Authority {
  if (!body.startsWith('//')) throw wrong(text, `"//" is missing; write ${FORMS[scheme]}`)
  const slash = body.indexOf('/', 2)
  const authority = slash < 0 ? body.slice(2) : body.slice(2, slash)
  const at = authority.lastIndexOf('@')
  const [user = '', ...password] = authority.slice(0, Math.max(0, at)).split(':')
  return {
    isUserGiven: at >= 0,
    user,
    password: password.join(':'),
    host: authority.slice(at + 1),
    path: slash < 0 ? '' : body.slice(slash),
  }
}

/** The parameters, once each. Those of a server are checked by its driver. */
function parametersOf(url: SplitUrl): AnyTarget {
  const parameters: Record<string, string> = {}
  for (const pair of url.query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals < 1) throw wrong(url.text, 'each of its parameters must be NAME=VALUE')
    const name = decoded(url, pair.slice(0, equals), 'parameter')
    if (Object.hasOwn(parameters, name))
      throw wrong(url.text, `its parameter ${shown(name)} occurs twice`)
    const value = decoded(url, pair.slice(equals + 1), `parameter ${shown(name)}`)
    Object.defineProperty(parameters, name, { value, enumerable: true })
  }
  return {
    shown: redactUrl(url.text),
    hasSecret: Object.keys(parameters).some(isSecretName),
    parameters,
  }
}

function decoded({ text }: SplitUrl, part: string, name: string): string {
  try {
    const value = decodeURIComponent(part)
    if (!value.includes('\0')) return value
  } catch (cause) {
    if (!isErrorNamed(cause, 'URIError')) throw cause
    throw wrong(text, `its ${name} is not percent-encoded UTF-8; write "%" as %25`, cause)
  }
  throw wrong(text, `its ${name} contains a NUL`)
}

function wrong(text: string, problem: string, cause?: unknown): TypeError {
  const message = `Store URL ${quoted(text)} is wrong: ${problem}`
  return wrongArgument(message, cause === undefined ? {} : { cause })
}

/** Any text on one line, without its secrets. */
function quoted(text: string): string {
  return inspect(redactUrl(text), { maxStringLength: SHOWN_MAX, breakLength: Infinity })
}
