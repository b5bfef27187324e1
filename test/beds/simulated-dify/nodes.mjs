// What each type of node does in the simulated Dify. Those that would need code, knowledge or other services are
// stand-ins with fixed outputs, and say so in what they return.
import { hold } from './conditions.mjs'
import { sendRequest } from './http-node.mjs'
import { operateOn } from './lists.mjs'
import { answer } from './model.mjs'
import { valueFor } from './structured.mjs'
import { asText, renderJinja, Variables } from './variables.mjs'

/**
 * Executes one node. Returns `{ outputs, inputs?, processData?, usage?, handle? }`; `handle` names the edges that are
 * followed. A node that fails throws.
 */
export async function executeNode(node, run) {
  const execute = NODES[node.data.type]
  if (execute === undefined) throw new Error(`Unknown type of node: ${node.data.type}`)
  return await execute(node.data, run, node)
}

const NODES = {
  start: (_data, run) => ({ outputs: run.inputs }),
  'trigger-webhook': (_data, run) => ({ outputs: run.inputs }),
  'trigger-schedule': (_data, run) => ({ outputs: run.inputs }),
  'trigger-plugin': (_data, run) => ({ outputs: run.inputs }),
  datasource: (_data, run, node) => ({
    outputs: run.stand_ins[node.id] ?? { datasource_type: 'local_file', file: {}, ...run.inputs },
  }),
  'knowledge-index': (_data, _run, node) => ({
    outputs: { dataset_id: `stand-in for ${node.id}`, display_status: 'completed' },
  }),
  'human-input': async (data, run, node) => await run.ask(node),
  'loop-end': () => ({ outputs: {} }),
  'iteration-start': () => ({ outputs: {} }),
  'loop-start': () => ({ outputs: {} }),
  end: (data, run) => {
    const outputs = Object.fromEntries(
      (data.outputs ?? []).map(({ variable, value_selector: selector }) => [
        variable,
        run.variables.get(selector) ?? null,
      ]),
    )
    Object.assign(run.outputs, outputs)
    return { outputs }
  },
  answer: (data, run) => {
    const text = run.variables.render(data.answer)
    run.say(text)
    return { outputs: { answer: text, files: [] } }
  },
  llm: async (data, run) => await llm(data, run),
  agent: async (data, run) => await agent(data, run),
  'question-classifier': async (data, run) => await classify(data, run),
  'parameter-extractor': async (data, run) => await extract(data, run),
  'template-transform': (data, run) => ({
    outputs: { output: renderJinja(data.template ?? '', data.variables ?? [], run.variables) },
  }),
  'if-else': (data, run) => {
    const cases = data.cases ?? [{ case_id: 'true', ...data }]
    const chosen = cases.find((one) => hold(one, run.variables))
    const handle = chosen?.case_id ?? 'false'
    return { outputs: { result: chosen !== undefined, selected_case_id: handle }, handle }
  },
  code: (data, run, node) => ({ outputs: run.stand_ins[node.id] ?? declared(data.outputs ?? {}) }),
  'variable-aggregator': aggregate,
  'variable-assigner': aggregate,
  assigner: (data, run) => {
    assign(data, run.variables)
    return { outputs: {} }
  },
  'list-operator': (data, run) => {
    const list = run.variables.get(data.variable)
    if (!Array.isArray(list))
      throw new Error(`Variable not found for selector: ${JSON.stringify(data.variable)}`)
    return { outputs: operateOn(list, data, run.variables) }
  },
  'knowledge-retrieval': (data, run, node) => ({
    inputs: { query: asText(run.variables.get(data.query_variable_selector)) },
    outputs: run.stand_ins[node.id] ?? {
      result: [{ title: 'stand-in', content: 'A passage of the simulated Dify.', metadata: {} }],
    },
  }),
  'document-extractor': (data, run, node) => {
    const file = run.variables.get(data.variable_selector)
    if (file === undefined || file === null)
      throw new Error(
        `File variable not found for selector: ${JSON.stringify(data.variable_selector)}`,
      )
    const texts = [file].flat().map((one) => run.textOf(one))
    return { outputs: run.stand_ins[node.id] ?? { text: Array.isArray(file) ? texts : texts[0] } }
  },
  tool: (data, run, node) => ({
    outputs: run.stand_ins[node.id] ?? {
      text: `Stand-in for ${data.tool_name}`,
      json: [],
      files: [],
    },
  }),
  'http-request': async (data, run, node) => ({
    outputs: run.stand_ins[node.id] ?? (await sendRequest(data, run)),
  }),
}

async function llm(data, run) {
  const prompts = messagesOf(data, run)
  if (prompts.length === 0) throw new Error('No prompt found')
  const answered = await answer(prompts, { ...run.model, name: data.model?.name })
  const { usage } = answered
  const structured = structuredOf(data, run, answered.text)
  const text = structured === undefined ? answered.text : JSON.stringify(structured)
  return {
    processData: processed(data, prompts, usage),
    outputs: {
      text,
      usage,
      reasoning_content: '',
      finish_reason: 'stop',
      ...(structured === undefined ? {} : { structured_output: structured }),
    },
    usage,
  }
}

/** What a model of this machine answers has to be JSON; in the place of a rule's answer comes what fits the schema. */
function structuredOf({ structured_output: wanted, ...data }, run, text) {
  const isOn = data.structured_output_enabled ?? data.structured_output_switch_on
  if (isOn !== true || wanted?.schema === undefined) return undefined
  if (run.model.url === undefined) return valueFor(wanted.schema)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error('Failed to parse structured output', { cause })
  }
}

/** The messages in Dify's order: templates, then the query of the memory. Empty basic ones are dropped. */
function messagesOf(data, run) {
  const template = data.prompt_template ?? []
  const list = Array.isArray(template) ? template : [{ role: 'user', ...template }]
  const context = asText(contextOf(data, run))
  const rendered = list.map((message) => {
    if (message.edition_type === 'jinja2') {
      const declaredVariables = data.prompt_config?.jinja2_variables ?? []
      return [message, renderJinja(message.jinja2_text ?? '', declaredVariables, run.variables)]
    }
    return [message, basic((message.text ?? '').replaceAll('{{#context#}}', context), run)]
  })
  const memory = data.memory === undefined ? [] : memoryQuery(data.memory, run)
  return [
    ...rendered.map(([{ role }, text]) => ({ role: role ?? 'user', text, files: [] })),
    ...memory,
  ].filter(({ text }) => text !== '')
}

function memoryQuery({ query_prompt_template: template }, run) {
  if (run.variables.get(['sys', 'query']) === undefined) return []
  return [{ role: 'user', text: basic(template || '{{#sys.query#}}', run), files: [] }]
}

/** A text with its references replaced. One to a node that did not run fails, as it does in Dify. */
function basic(text, run) {
  for (const selector of Variables.selectorsIn(text)) {
    if (run.variables.get(selector) === undefined)
      throw new Error(`Variable ${selector.join('.')} not found`)
  }
  return run.variables.render(text)
}

function contextOf({ context }, run) {
  if (context?.enabled !== true) return ''
  const found = run.variables.get(context.variable_selector)
  return Array.isArray(found) ? found.map((one) => one.content ?? asText(one)).join('\n') : found
}

async function agent(data, run) {
  const { instruction, query } = data.agent_parameters ?? {}
  const texts = [
    ['system', instruction?.value],
    ['user', query?.value],
  ].map(([role, value]) => ({
    role,
    text: Array.isArray(value) ? asText(run.variables.get(value)) : run.variables.render(value),
    files: [],
  }))
  const { text, usage } = await answer(texts, run.model)
  return {
    processData: processed(data, texts, usage),
    outputs: { text, files: [], json: [] },
    usage,
  }
}

/** The class that shares a word with the query, else the last: a rule of the simulation. */
async function classify(data, run) {
  const query = asText(run.variables.get(data.query_variable_selector))
  const classes = (data.classes ?? []).map((one) => ({
    ...one,
    name: run.variables.render(one.name),
  }))
  const instruction = basic(data.instruction ?? '', run)
  const prompts = [
    {
      role: 'system',
      text: `${instruction}\n${classes.map(({ name }) => name).join('\n')}`,
      files: [],
    },
    { role: 'user', text: query, files: [] },
  ]
  const { usage } = await answer(prompts, { rule: 'echo' })
  const words = query.split(/[\s,.，。]+/).filter((word) => word.length > 1)
  const chosen =
    classes.find(({ name }) => words.some((word) => name.includes(word))) ?? classes.at(-1)
  return {
    processData: processed(data, prompts, usage),
    outputs: { class_name: chosen?.name ?? '', class_id: chosen?.id ?? '', usage },
    usage,
    handle: chosen?.id,
  }
}

/** Each parameter gets a value of its type from the query: a rule of the simulation. */
async function extract(data, run) {
  const query = asText(run.variables.get(data.query))
  const prompts = [
    { role: 'system', text: basic(data.instruction ?? '', run), files: [] },
    { role: 'user', text: query, files: [] },
  ]
  const { usage } = await answer(prompts, { rule: 'echo' })
  const values = (data.parameters ?? []).map(({ name, type }) => [name, valueFrom(query, type)])
  return {
    processData: processed(data, prompts, usage),
    outputs: { __is_success: 1, __reason: null, __usage: usage, ...Object.fromEntries(values) },
    usage,
  }
}

function valueFrom(query, type) {
  if (type === 'number') return Number(/-?\d+(?:\.\d+)?/.exec(query)?.[0] ?? 0)
  if (type === 'bool' || type === 'boolean') return query !== ''
  return type.startsWith('array') ? query.split(/\s+/).slice(0, 3) : query
}

function aggregate(data, run) {
  const first = (selectors) =>
    selectors.map((selector) => run.variables.get(selector)).find((value) => value !== undefined)
  if (data.advanced_settings?.group_enabled !== true)
    return { outputs: { output: first(data.variables ?? []) ?? '' } }
  const groups = data.advanced_settings.groups.map(({ group_name: name, variables }) => [
    name,
    { output: first(variables) ?? '' },
  ])
  return { outputs: Object.fromEntries(groups) }
}

function assign(data, variables) {
  const items = data.items ?? [
    {
      variable_selector: data.assigned_variable_selector,
      operation: data.write_mode ?? 'over-write',
      input_type: 'variable',
      value: data.input_variable_selector,
    },
  ]
  for (const { variable_selector: target, operation, input_type: type, value } of items) {
    const given = type === 'variable' ? variables.get(value) : value
    const before = variables.get(target)
    variables.set(target[0], target[1], assigned(operation, before, given))
  }
}

function assigned(operation, before, given) {
  if (operation === 'clear') return Array.isArray(before) ? [] : typeof before === 'number' ? 0 : ''
  if (operation === 'append') return [...(before ?? []), given]
  if (operation === 'extend') return [...(before ?? []), ...given]
  if (operation === 'remove-first') return (before ?? []).slice(1)
  if (operation === 'remove-last') return (before ?? []).slice(0, -1)
  if (operation === '+=') return Number(before) + Number(given)
  if (operation === '-=') return Number(before) - Number(given)
  return given
}

/** Values of the declared types. */
function declared(outputs) {
  const values = Object.entries(outputs).map(([name, { type }]) => [name, ofType(type, name)])
  return Object.fromEntries(values)
}

function ofType(type, name) {
  if (type === 'number') return 0
  if (type === 'boolean') return true
  if (type === 'array[number]') return [1, 2]
  if (type === 'array[object]') return [{ name }]
  if (type?.startsWith('array')) return [`${name} 1`, `${name} 2`]
  return type === 'object' ? {} : `Stand-in for ${name}`
}

function processed(data, prompts, usage) {
  return {
    model_mode: data.model?.mode ?? 'chat',
    prompts,
    usage,
    finish_reason: 'stop',
    model_provider: data.model?.provider ?? 'simulated',
    model_name: data.model?.name ?? 'simulated',
  }
}
