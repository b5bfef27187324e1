// The console API of the simulated Dify, as far as a loop needs it: import, publish, export, keys.
import { randomUUID } from 'node:crypto'
import { sendJson } from './faults.mjs'

export class Console {
  #apps
  #token
  #csrf

  constructor({ apps, token, csrf }) {
    this.#apps = apps
    this.#token = token
    this.#csrf = csrf
  }

  handle({ method, path, headers, body, response }) {
    if (headers.authorization !== `Bearer ${this.#token}` || headers['x-csrf-token'] !== this.#csrf)
      return sendJson(response, 401, { code: 'unauthorized', message: 'Unauthorized', status: 401 })
    if (method === 'POST' && path === '/apps/imports') return this.#import(body, response)
    const [, id, call] = /^\/apps\/([^/]+)\/(.+)$/.exec(path) ?? []
    const app = id === undefined ? undefined : this.#apps.byId(id)
    if (app === undefined)
      return sendJson(response, 404, {
        code: 'app_not_found',
        message: 'App not found',
        status: 404,
      })
    if (method === 'POST' && call === 'workflows/publish') {
      const { created_at: createdAt } = this.#apps.publish(app)
      return sendJson(response, 200, { result: 'success', created_at: createdAt })
    }
    if (method === 'GET' && call === 'workflows/publish')
      return sendJson(response, 200, { id: app.versions.at(-1)?.id, hash: app.draft.hash })
    if (method === 'GET' && call === 'export')
      return sendJson(response, 200, { data: app.draft.text })
    if (method === 'POST' && call === 'api-keys')
      return sendJson(response, 201, { token: this.#apps.addKey(app) })
    sendJson(response, 404, { code: 'not_found', message: 'No such call', status: 404 })
  }

  #import({ mode, yaml_content: text, app_id: appId, name }, response) {
    try {
      if (mode !== 'yaml-content') throw new Error('Only yaml-content is simulated')
      const app = this.#apps.import(text, { appId, name })
      const made = { id: randomUUID(), status: 'completed', app_id: app.id, app_mode: app.mode }
      sendJson(response, 200, { ...made, error: '' })
    } catch (error) {
      sendJson(response, 400, { id: randomUUID(), status: 'failed', error: error.message })
    }
  }
}
