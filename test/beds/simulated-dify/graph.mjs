// Runs the graph of a workflow, one node after the other, and reports each step as an event of Dify.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hold } from './conditions.mjs'
import { executeNode } from './nodes.mjs'
import { checkGraph } from './validate.mjs'

/** An end that a run was told: by its client or by a fault. */
export class RunStopped extends Error {}

/** Types that are only drawn. */
const DRAWN = ['', 'custom-note', undefined]

/** Checks a graph as Dify does before it runs, and runs it. */
export async function runWorkflow(graph, run) {
  checkGraph(graph, (node) => parentOf(node) === undefined && isEntry(node))
  await runGraph(graph, run, undefined)
}

/**
 * Runs the nodes that belong to `parent` (undefined: those of the workflow itself).
 * @param run has the variables, and `emit`, `checkpoint` and `stand_ins`
 * @returns whether a node was reached that ends the loop around it
 */
async function runGraph(graph, run, parent) {
  const nodes = graph.nodes.filter(
    (node) => !DRAWN.includes(node.data?.type) && parentOf(node) === parent,
  )
  const ids = new Set(nodes.map(({ id }) => id))
  const edges = graph.edges.filter(({ source, target }) => ids.has(source) && ids.has(target))
  /** Each edge that was decided: whether it was followed. */
  const decided = new Map()
  const left = new Map(nodes.map((node) => [node.id, node]))
  for (;;) {
    const node = nextNode(left, edges, decided)
    if (node === undefined) return false
    left.delete(node.id)
    const incoming = edges.filter(({ target }) => target === node.id)
    const isReached =
      incoming.length === 0 ? isEntry(node) : incoming.some((edge) => decided.get(edge))
    const handle = isReached ? await runNode(graph, run, node, parent) : undefined
    for (const edge of edges.filter(({ source }) => source === node.id))
      decided.set(edge, isReached && follows(edge, handle))
    if (isReached && node.data.type === 'loop-end') return true
  }
}

/** A node all of whose incoming edges are decided. */
function nextNode(left, edges, decided) {
  for (const node of left.values()) {
    const incoming = edges.filter(({ target }) => target === node.id)
    if (incoming.every((edge) => decided.has(edge))) return node
  }
  return undefined
}

const isEntry = ({ data }) =>
  data?.isIterationStart === true ||
  /^(start|trigger-.*|datasource|iteration-start|loop-start)$/.test(data?.type)

/** A node without a choice of its own leads everywhere but to what handles its failure. */
const follows = ({ sourceHandle }, handle) =>
  handle === undefined ? sourceHandle !== 'fail-branch' : handle === sourceHandle

function parentOf({ parentId, data }) {
  return parentId ?? data?.iteration_id ?? data?.loop_id
}

async function runNode(graph, run, node, parent) {
  const began = {
    id: randomUUID(),
    node_id: node.id,
    node_type: node.data.type,
    title: node.data.title ?? '',
    index: ++run.steps,
    created_at: Math.floor(Date.now() / 1000),
    ...(parent === undefined ? {} : inside(graph, parent)),
  }
  run.emit('node_started', { ...began, inputs: {} })
  await run.checkpoint(node)
  try {
    const done = await retried(graph, run, { node, began })
    finish(run, began, { status: 'succeeded', ...done })
    run.variables.setAll(node.id, done.outputs)
    return done.handle
  } catch (error) {
    if (error instanceof RunStopped) throw error
    return failed(run, began, node, error)
  }
}

/** Pauses between attempts are shortened: a test waits for them. */
const RETRY_MS_MAX = 5

async function retried(graph, run, { node, began }) {
  const {
    retry_enabled: isOn,
    max_retries: most = 0,
    retry_interval: ms = 0,
  } = node.data.retry_config ?? {}
  for (let attempt = 0; ; attempt++) {
    try {
      return await executed(graph, run, node)
    } catch (error) {
      if (error instanceof RunStopped || isOn !== true || attempt >= most) throw error
      run.emit('node_retry', {
        ...began,
        retry_index: attempt + 1,
        error: error.message,
        status: 'retry',
      })
      await sleep(Math.min(ms, RETRY_MS_MAX))
    }
  }
}

async function executed(graph, run, node) {
  const planned = run.failing[node.id]
  if (planned !== undefined) throw new Error(planned)
  if (node.data.type === 'iteration') return await iterate(graph, run, node)
  if (node.data.type === 'loop') return await loop(graph, run, node)
  return await executeNode(node, run)
}

function finish(run, began, { status, inputs = {}, processData = {}, outputs = {}, usage, error }) {
  run.tokens += usage?.total_tokens ?? 0
  run.emit('node_finished', {
    ...began,
    inputs,
    process_data: processData,
    outputs,
    status,
    error: error ?? null,
    elapsed_time: 0.01,
    execution_metadata:
      usage === undefined
        ? {}
        : {
            total_tokens: usage.total_tokens,
            total_price: usage.total_price,
            currency: usage.currency,
          },
    finished_at: Math.floor(Date.now() / 1000),
  })
}

/** With an error strategy the run goes on; without one it fails. */
function failed(run, began, node, error) {
  const { error_strategy: strategy, default_value: defaults = [] } = node.data
  if (strategy === undefined || strategy === null || strategy === 'none') {
    finish(run, began, { status: 'failed', error: error.message })
    throw error
  }
  run.exceptions++
  const values = { error_message: error.message, error_type: 'SimulatedError' }
  for (const { key, value } of defaults) values[key] = value
  finish(run, began, { status: 'exception', error: error.message, outputs: values })
  run.variables.setAll(node.id, values)
  return strategy === 'fail-branch' ? 'fail-branch' : undefined
}

async function iterate(graph, run, node) {
  const items = run.variables.get(node.data.iterator_selector) ?? []
  if (!Array.isArray(items)) throw new Error('The input of the iteration is not a list')
  run.emit('iteration_started', { node_id: node.id, metadata: { iterator_length: items.length } })
  let output = []
  for (const [index, item] of items.entries()) {
    run.variables.setAll(node.id, { item, index })
    run.emit('iteration_next', { node_id: node.id, index })
    await iterateOnce(graph, run, { node, output })
  }
  if (node.data.flatten_output !== false && output.every(Array.isArray)) output = output.flat()
  run.emit('iteration_completed', { node_id: node.id, steps: items.length, outputs: { output } })
  return { outputs: { output } }
}

/** A failure ends the whole, leaves a gap, or leaves nothing, as the node says. */
async function iterateOnce(graph, run, { node, output }) {
  const { error_handle_mode: mode = 'terminated', output_selector: selector } = node.data
  try {
    await runGraph(graph, run, node.id)
    output.push(run.variables.get(selector) ?? null)
  } catch (error) {
    if (error instanceof RunStopped || mode === 'terminated') throw error
    if (mode === 'continue-on-error') output.push(null)
  }
}

async function loop(graph, run, node) {
  const {
    loop_count: count = 1,
    break_conditions: conditions = [],
    loop_variables: own = [],
  } = node.data
  for (const { label, value_type: type, value } of own)
    run.variables.set(node.id, label, type === 'variable' ? run.variables.get(value) : value)
  run.emit('loop_started', { node_id: node.id, metadata: { loop_length: count } })
  let rounds = 0
  while (rounds < count) {
    rounds++
    run.emit('loop_next', { node_id: node.id, index: rounds })
    if (await runGraph(graph, run, node.id)) break
    const rule = { conditions, logical_operator: node.data.logical_operator }
    if (conditions.length > 0 && hold(rule, run.variables)) break
  }
  run.emit('loop_completed', { node_id: node.id, steps: rounds })
  return { outputs: { ...run.variables.all(node.id), loop_round: rounds } }
}

function inside(graph, parent) {
  const type = graph.nodes.find(({ id }) => id === parent)?.data.type
  return type === 'loop' ? { loop_id: parent } : { iteration_id: parent }
}
