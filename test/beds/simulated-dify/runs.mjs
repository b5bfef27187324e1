// The runs of the simulated Dify. A run goes on when its client has left, as many of Dify's do.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer } from './model.mjs'
import { RunStopped, runWorkflow } from './graph.mjs'
import { Variables } from './variables.mjs'

export class Run {
  id = randomUUID()
  task_id = randomUUID()
  status = 'running'
  outputs = {}
  error = null
  steps = 0
  tokens = 0
  exceptions = 0
  created_at = Math.floor(Date.now() / 1000)
  finished_at = null
  /** All events so far, for clients that come back. */
  events = []
  variables = new Variables()
  /** The form that the run waits for. */
  form
  #listeners = new Set()
  #continue
  #stop

  /** `settings` are those of the server; `faults` those of this run. */
  constructor({ app, version, body, settings, faults, uploads = new Map() }) {
    this.app = app
    this.version = version
    this.inputs = body.inputs ?? {}
    this.user = body.user
    this.query = body.query
    this.faults = faults
    this.model = settings.model ?? {}
    this.stand_ins = settings.stand_ins ?? {}
    this.outside = settings.outside
    this.uploads = uploads
    this.failing = faults.failed === undefined ? {} : { [faults.failed.node]: 'Simulated failure' }
    this.conversation_id = body.conversation_id || randomUUID()
    this.message_id = randomUUID()
    this.stopped = new Promise((resolve) => {
      this.#stop = () => {
        this.isTold = true
        resolve()
      }
    })
  }

  listen(listener) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event, data, more = {}) {
    const message = { event, task_id: this.task_id, workflow_run_id: this.id, data, ...more }
    this.events.push(message)
    for (const listener of this.#listeners) listener(message)
  }

  /** A piece of an answer, in two halves: clients put them together. */
  say(text) {
    const middle = Math.ceil(text.length / 2)
    for (const piece of [text.slice(0, middle), text.slice(middle)].filter(Boolean))
      this.emit('message', undefined, { ...this.#message(), answer: piece })
    this.answered = `${this.answered ?? ''}${text}`
  }

  stop() {
    this.#stop()
    this.#continue?.()
  }

  /** Ends or pauses: what a client waits for. */
  async settled(done) {
    while (this.status === 'running') {
      let leave
      const paused = new Promise((resolve) => {
        leave = this.listen(({ event }) => event === 'workflow_paused' && resolve())
      })
      await Promise.race([done, paused])
      leave()
    }
  }

  /** Pauses until a person has submitted the form of a node. Its `handle` is the action. */
  async ask(node) {
    const { form_content: content = '', inputs = [], user_actions: actions = [], title } = node.data
    this.form = {
      form_token: randomUUID(),
      node_id: node.id,
      node_title: title ?? '',
      form_content: this.variables.render(content),
      inputs,
      user_actions: actions,
    }
    this.emit('human_input_required', this.form)
    this.status = 'paused'
    const submitted = new Promise((resolve) => (this.#continue = resolve))
    this.emit('workflow_paused', { ...this.summary(), paused_nodes: [node.id] })
    const answered = await submitted
    if (answered === undefined) throw new RunStopped()
    const { inputs: given = {}, action } = answered
    this.emit('human_input_form_filled', { node_id: node.id, action_id: action })
    const outputs = { ...given, __action_id: action, __rendered_content: this.form.form_content }
    return { outputs, handle: action }
  }

  /** What a person has filled in. Returns why it is refused, if it is. */
  submit(token, { action, inputs }) {
    if (this.form?.form_token !== token) return 'not_found'
    if (this.status !== 'paused') return 'submitted'
    if (!this.form.user_actions.some(({ id }) => id === action)) return 'unknown_action'
    this.status = 'running'
    this.#continue({ action, inputs })
    return undefined
  }

  /** The text of a file that was uploaded, or a stand-in. */
  textOf({ upload_file_id: id, type } = {}) {
    const upload = this.uploads.get(id)
    if (upload === undefined) return `The text of a ${type ?? 'file'} of the simulated Dify.`
    return upload.content.toString('utf8')
  }

  /** Before each node: the faults that slow a run down or keep it from ending, and orders to stop. */
  async checkpoint(node) {
    const { slow, stays_running: hangs } = this.faults
    if (hangs !== undefined && node.data.type !== 'start') await this.stopped
    else if (slow !== undefined) await Promise.race([sleep(slow.ms), this.stopped])
    if (this.isTold === true) throw new RunStopped()
  }

  async execute() {
    const isChat = this.app.mode === 'advanced-chat'
    this.#fill()
    this.emit('workflow_started', {
      id: this.id,
      workflow_id: this.version.id,
      inputs: this.inputs,
      created_at: this.created_at,
    })
    try {
      await runWorkflow(this.version.file.workflow.graph, this)
      this.status = this.exceptions > 0 ? 'partial-succeeded' : 'succeeded'
    } catch (error) {
      this.status = error instanceof RunStopped ? 'stopped' : 'failed'
      this.error = this.status === 'failed' ? error.message : null
    }
    if (isChat) this.#endMessage()
    this.finished_at = Math.floor(Date.now() / 1000)
    this.emit('workflow_finished', this.summary())
  }

  /** As the service describes a run. */
  summary() {
    return {
      id: this.id,
      workflow_id: this.version.id,
      status: this.status,
      outputs: this.outputs,
      error: this.error,
      elapsed_time: 0.1,
      total_tokens: this.tokens,
      total_steps: this.steps,
      exceptions_count: this.exceptions,
      created_at: this.created_at,
      finished_at: this.finished_at,
      files: [],
    }
  }

  #fill() {
    const { workflow } = this.version.file
    const system = {
      user_id: this.user,
      app_id: this.app.id,
      workflow_id: this.version.id,
      workflow_run_id: this.id,
      timestamp: this.created_at,
      files: [],
    }
    if (this.query !== undefined) {
      const conversation = { query: this.query, conversation_id: this.conversation_id }
      Object.assign(system, conversation, { dialogue_count: 1 })
    }
    this.variables.setAll('sys', system)
    for (const { name, value } of workflow.environment_variables ?? [])
      this.variables.set('env', name, value)
    for (const { name, value } of workflow.conversation_variables ?? [])
      this.variables.set('conversation', name, value)
  }

  #endMessage() {
    this.outputs = { answer: this.answered ?? '' }
    const usage = { total_tokens: this.tokens, total_price: '0', currency: 'USD' }
    this.emit('message_end', undefined, { ...this.#message(), metadata: { usage } })
  }

  #message() {
    return { message_id: this.message_id, conversation_id: this.conversation_id }
  }
}

/** The events of an app with one prompt: a chat, an agent or a completion. */
export async function answerSimply({ app, body, settings, emit }) {
  const config = app.versions.at(-1).file.model_config
  const filled = String(config.pre_prompt ?? '').replace(
    /\{\{([A-Za-z_][A-Za-z0-9_]{0,29})\}\}/g,
    (raw, name) => String(body.inputs?.[name] ?? raw),
  )
  const prompts = [
    { role: 'system', text: filled },
    ...(body.query === undefined ? [] : [{ role: 'user', text: body.query }]),
  ].filter(({ text }) => text !== '')
  const names = {
    task_id: randomUUID(),
    message_id: randomUUID(),
    conversation_id: app.mode === 'completion' ? undefined : body.conversation_id || randomUUID(),
  }
  const isAgent = app.mode === 'agent-chat'
  const { text, usage } = await answer(prompts, settings.model ?? {})
  if (isAgent) emit({ event: 'agent_thought', ...names, id: randomUUID(), thought: 'Simulated' })
  const middle = Math.ceil(text.length / 2)
  for (const piece of [text.slice(0, middle), text.slice(middle)])
    emit({ event: isAgent ? 'agent_message' : 'message', ...names, answer: piece })
  emit({ event: 'message_end', ...names, metadata: { usage, retriever_resources: [] } })
}
