import { rejectUnknown, secret, stringOption } from '../../base/options.js'
import { recordOf, textOf } from './answers.js'
import { resolveClientOptions } from './client-options.js'
import { DifyError } from './dify-error.js'
import { formError } from './failures.js'
import { DifyHttp, nameOf, type DifyCall } from './http.js'

/** How the console of Dify is reached. It is what Dify's web pages use, not a public contract: versions differ. */
export interface DifyConsoleOptions {
  /** The address of the console API, such as `https://dify.example/console/api`. */
  readonly baseUrl: string
  /** The access token of a session. */
  readonly accessToken: string
  /** The token against forged requests of that session, for servers that ask for it. */
  readonly csrfToken?: string | undefined
  /** How long a call may take, in ms. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined
}

/** An app that a file was imported into. */
export interface ImportedApp {
  readonly app_id: string
  readonly mode: string
  /** Whether Dify imported it with reservations, such as an older version of the format. */
  readonly has_warnings: boolean
}

const OPTIONS = ['baseUrl', 'accessToken', 'csrfToken', 'requestTimeoutMs']

/**
 * Brings files of workflows into Dify, and makes them versions that can be run. No call is retried: an import that was
 * repeated would make a second app.
 */
export class DifyConsole {
  readonly #http: DifyHttp

  /** @throws TypeError or RangeError that names the option */
  constructor(options: DifyConsoleOptions) {
    rejectUnknown(options, OPTIONS, 'DifyConsole')
    const { baseUrl, requestTimeoutMs } = options
    const apiKey = secret('accessToken', options.accessToken)
    const { csrfToken } = options
    const headers =
      csrfToken === undefined ? {} : { 'x-csrf-token': secret('csrfToken', csrfToken) }
    const client = resolveClientOptions({ baseUrl, apiKey, requestTimeoutMs, retry: false })
    this.#http = new DifyHttp(client, headers)
  }

  /**
   * Imports a file: as a new app, or as the draft of the app `appId`, whose draft is lost.
   * @throws DifyError OPT-DIFY-005 if Dify refuses the file, or asks for a person's consent (`reason: 'pending'`)
   */
  async importApp(
    dsl: string,
    options: {
      readonly appId?: string
      readonly name?: string
      readonly signal?: AbortSignal
    } = {},
  ): Promise<ImportedApp> {
    rejectUnknown(options, ['appId', 'name', 'signal'], 'DifyConsole.importApp')
    const { appId, name, signal } = options
    const body = {
      mode: 'yaml-content',
      yaml_content: stringOption('dsl', dsl),
      ...(appId === undefined ? {} : { app_id: appId }),
      ...(name === undefined ? {} : { name }),
    }
    const call: DifyCall = { method: 'POST', path: '/apps/imports', body, signal }
    const answer = recordOf(await this.#http.json(call))
    const status = textOf(answer['status']) ?? 'none'
    const id = textOf(answer['app_id'])
    if (!status.startsWith('completed') || id === undefined)
      throw new DifyError('OPT-DIFY-005', `Dify did not import the file: ${status}`, {
        context: { call: nameOf(call), reason: status, transient: false },
      })
    return {
      app_id: id,
      mode: textOf(answer['app_mode']) ?? '',
      has_warnings: status !== 'completed',
    }
  }

  /** Makes the draft of an app the version that runs. @returns the id of that version, for `run({ workflowId })` */
  async publish(appId: string, options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    const path = `/apps/${encodeURIComponent(stringOption('appId', appId))}/workflows/publish`
    const { signal } = options
    await this.#http.json({
      method: 'POST',
      path,
      body: { marked_name: '', marked_comment: '' },
      signal,
    })
    const call: DifyCall = { method: 'GET', path, signal }
    const id = textOf(recordOf(await this.#http.json(call))['id'])
    if (id === undefined) throw formError(nameOf(call), 'the published version has no id')
    return id
  }

  /** The draft of an app as a file, without secrets. */
  async exportApp(appId: string, options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    const app = encodeURIComponent(stringOption('appId', appId))
    const path = `/apps/${app}/export?include_secret=false`
    const call: DifyCall = { method: 'GET', path, signal: options.signal }
    const dsl = textOf(recordOf(await this.#http.json(call))['data'])
    if (dsl === undefined) throw formError(nameOf(call), 'the exported file is missing')
    return dsl
  }

  /** A new key of the service API for an app. */
  async createKey(appId: string, options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    const path = `/apps/${encodeURIComponent(stringOption('appId', appId))}/api-keys`
    const call: DifyCall = { method: 'POST', path, body: {}, signal: options.signal }
    const key = textOf(recordOf(await this.#http.json(call))['token'])
    if (key === undefined) throw formError(nameOf(call), 'the key is missing')
    return key
  }
}
