// The service API of the simulated Dify: what a key of an app may call.
import { randomUUID } from 'node:crypto'
import { versionOf } from './apps.mjs'
import { refuse, sendJson } from './faults.mjs'
import { answerSimply, Run } from './runs.mjs'
import { EventStream } from './stream.mjs'

export class Service {
  runs = new Map()
  uploads = new Map()
  #apps
  #faults
  #settings
  #active = 0

  constructor({ apps, faults, settings }) {
    this.#apps = apps
    this.#faults = faults
    this.#settings = settings
  }

  /** How many requests generate something at the moment. */
  get active() {
    return this.#active
  }

  async handle({ method, path, query, headers, body, response }) {
    const app = this.#apps.byKey((headers.authorization ?? '').replace(/^Bearer /, ''))
    if (app === undefined) {
      const message = `Access token is invalid: ${headers.authorization ?? ''}`
      return sendJson(response, 401, { code: 'unauthorized', message, status: 401 })
    }
    const route = ROUTES.find(([verb, pattern]) => verb === method && pattern.test(path))
    if (route === undefined) return notFound(response, 'No such call')
    const [, pattern, name] = route
    const names = pattern.exec(path).slice(1).map(decodeURIComponent)
    await this[name]({ app, names, query, body, method, response })
  }

  info({ app, response }) {
    const { name, description = '' } = app.versions.at(-1)?.file.app ?? app
    sendJson(response, 200, { name, description, tags: [], mode: app.mode, author_name: 'bed' })
  }

  parameters({ app, response }) {
    const nodes = app.versions.at(-1)?.file.workflow?.graph.nodes ?? []
    const start = nodes.find(({ data }) => data.type === 'start')
    const form = (start?.data.variables ?? []).map(({ type, ...input }) => ({ [type]: input }))
    sendJson(response, 200, { user_input_form: form, system_parameters: {}, opening_statement: '' })
  }

  async run({ app, names: [versionId], body, response }) {
    const faults = this.#faults.take('run')
    if (refuse(response, faults)) return
    const version = versionOf(app, versionId)
    if (app.mode !== 'workflow') return refused(response, 'not_workflow_app', 'Not a workflow app')
    if (version === undefined) return refused(response, 'invalid_param', 'Workflow not published')
    const missing = missingInput(version, body)
    if (missing !== undefined) return refused(response, 'invalid_param', missing)
    await this.#generate({ app, version, body, response, faults })
  }

  async chat({ app, body, response }) {
    const faults = this.#faults.take('chat')
    if (refuse(response, faults)) return
    if (!['chat', 'agent-chat', 'advanced-chat'].includes(app.mode))
      return refused(response, 'not_chat_app', 'Not a chat app')
    if (app.mode === 'agent-chat' && body.response_mode !== 'streaming')
      return refused(response, 'bad_request', 'Agent Chat App does not support blocking mode')
    if (typeof body.user !== 'string') return refused(response, 'invalid_param', 'user is required')
    const version = versionOf(app, body.workflow_id)
    if (version === undefined) return refused(response, 'bad_request', 'Workflow not found')
    if (app.mode === 'advanced-chat') await this.#generate({ app, version, body, response, faults })
    else await this.#simply({ app, body, response, faults })
  }

  async completion({ app, body, response }) {
    const faults = this.#faults.take('chat')
    if (refuse(response, faults)) return
    if (app.mode !== 'completion')
      return refused(response, 'app_unavailable', 'Not a completion app')
    await this.#simply({ app, body, response, faults })
  }

  getRun({ names: [id], response }) {
    if (refuse(response, this.#faults.take('get_run'))) return
    const run = this.runs.get(id)
    if (run === undefined) return notFound(response, 'Workflow run not found')
    sendJson(response, 200, { ...run.summary(), inputs: JSON.stringify(run.inputs) })
  }

  events({ names: [id], query, response }) {
    const faults = this.#faults.take('events')
    if (refuse(response, faults)) return
    const run = this.runs.get(id)
    if (faults.no_resume !== undefined || run === undefined || run.user !== query.get('user'))
      return notFound(response, 'Workflow run not found')
    const stream = new EventStream(response, faults)
    // A finished run sends its end again, and nothing else.
    const past = run.status === 'running' ? run.events : run.events.slice(-1)
    for (const message of past) stream.write(message)
    if (run.status === 'running') follow(run, stream, response)
    else stream.end()
  }

  /** Shows a form, or takes what a person has filled in. */
  form({ names: [token], body, method, response }) {
    const run = [...this.runs.values()].find(({ form }) => form?.form_token === token)
    if (run === undefined) return notFound(response, 'Form not found')
    if (method === 'GET' && run.status === 'paused') return sendJson(response, 200, run.form)
    const refusal = method === 'GET' ? 'submitted' : run.submit(token, body)
    if (refusal === 'submitted')
      return sendJson(response, 412, {
        code: 'human_input_form_submitted',
        message: 'This form has already been submitted by another user',
        status: 412,
      })
    if (refusal !== undefined) return refused(response, 'invalid_param', 'Invalid action')
    sendJson(response, 200, {})
  }

  stop({ names: [taskId], body, response }) {
    const run = [...this.runs.values()].find((one) => one.task_id === taskId)
    // Another user's call succeeds, and stops nothing.
    if (run !== undefined && run.user === body.user) run.stop()
    sendJson(response, 200, { result: 'success' })
  }

  logs({ app, query, response }) {
    const data = [...this.runs.values()]
      .filter((run) => run.app === app)
      .map((run) => ({ id: run.id, workflow_run: run.summary() }))
    const limit = Number(query.get('limit') ?? 20)
    const page = { page: 1, limit, total: data.length, has_more: data.length > limit }
    sendJson(response, 200, { ...page, data: data.slice(0, limit) })
  }

  upload({ body, response }) {
    if (refuse(response, this.#faults.take('upload'))) return
    const { name, content, type, user } = body
    if (user === undefined) return refused(response, 'invalid_param', 'user is required')
    if (content.length > 15 * 1024 * 1024)
      return sendJson(response, 413, { code: 'file_too_large', message: '', status: 413 })
    const file = { id: randomUUID(), name, size: content.length, mime_type: type, created_by: user }
    this.uploads.set(file.id, { ...file, content })
    sendJson(response, 201, { ...file, extension: name.split('.').at(-1) })
  }

  /** Runs a graph; the stream shows it, and ends before it if the client leaves. */
  async #generate({ app, version, body, response, faults }) {
    if (this.#isFull()) return tooMany(response)
    const run = new Run({
      app,
      version,
      body,
      settings: this.#settings,
      faults,
      uploads: this.uploads,
    })
    this.runs.set(run.id, run)
    this.#active++
    const done = run.execute().finally(() => this.#active--)
    if (body.response_mode !== 'streaming') {
      await run.settled(done)
      const data = run.summary()
      return sendJson(response, 200, { task_id: run.task_id, workflow_run_id: run.id, data })
    }
    const stream = new EventStream(response, faults)
    for (const message of run.events) stream.write(message)
    if (faults.error_event !== undefined) {
      stream.fail({ ...faults.error_event, task_id: run.task_id, workflow_run_id: run.id })
      return run.stop()
    }
    follow(run, stream, response)
    await run.settled(done)
    stream.end()
  }

  async #simply({ app, body, response, faults }) {
    if (this.#isFull()) return tooMany(response)
    this.#active++
    const stream = new EventStream(response, faults)
    await answerSimply({ app, body, settings: this.#settings, emit: (one) => stream.write(one) })
    stream.end()
    this.#active--
  }

  #isFull() {
    return this.#active >= (this.#settings.max_active_requests ?? Infinity)
  }
}

const ROUTES = [
  ['GET', /^\/info$/, 'info'],
  ['GET', /^\/parameters$/, 'parameters'],
  ['POST', /^\/workflows\/run$/, 'run'],
  ['POST', /^\/workflows\/([^/]+)\/run$/, 'run'],
  ['GET', /^\/workflows\/run\/([^/]+)$/, 'getRun'],
  ['GET', /^\/workflow\/([^/]+)\/events$/, 'events'],
  ['GET', /^\/workflows\/logs$/, 'logs'],
  ['POST', /^\/(?:workflows\/tasks|chat-messages|completion-messages)\/([^/]+)\/stop$/, 'stop'],
  ['GET', /^\/form\/human_input\/([^/]+)$/, 'form'],
  ['POST', /^\/form\/human_input\/([^/]+)$/, 'form'],
  ['POST', /^\/chat-messages$/, 'chat'],
  ['POST', /^\/completion-messages$/, 'completion'],
  ['POST', /^\/files\/upload$/, 'upload'],
]

function follow(run, stream, response) {
  const leave = run.listen((message) => {
    stream.write(message)
    if (/^workflow_(finished|paused)$/.test(message.event)) stream.end()
  })
  response.on('close', leave)
  if (run.status !== 'running') stream.end()
}

function missingInput(version, body) {
  if (typeof body.user !== 'string') return 'user is required in the request body'
  const start = version.file.workflow.graph.nodes.find(({ data }) => data.type === 'start')
  const missing = (start?.data.variables ?? []).find(
    ({ variable, required }) => required === true && body.inputs?.[variable] === undefined,
  )
  return missing === undefined ? undefined : `${missing.variable} is required in input form`
}

const refused = (response, code, message) =>
  sendJson(response, 400, { code, message, status: 400, params: '' })
const notFound = (response, message) =>
  sendJson(response, 404, { code: 'not_found', message, status: 404 })
const tooMany = (response) =>
  sendJson(response, 429, { code: 'too_many_requests', message: 'Too many requests', status: 429 })
