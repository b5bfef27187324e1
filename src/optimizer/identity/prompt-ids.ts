import type { Carrier } from '../../dify/workflow/carriers.js'
import type { CarriedText } from '../../dify/workflow/dify-file.js'

/** The node id of a text that belongs to the app as a whole: nodes of Dify always have one. */
export const NO_NODE = ''

/**
 * The id that a text has as a prompt if the store does not know it yet, and no other prompt has the id.
 *
 * The message of an LLM node is `<workflow>_<node>`, or `<workflow>_<node>_<index>` in a list of several, as in the first
 * release. Every other text has the name of what carries it at the end: `<workflow>_<node>_instruction`,
 * `<workflow>_<node>_class_<id of the class>`, `<workflow>_pre_prompt`.
 */
export function defaultPromptId(workflowId: string, text: CarriedText): string {
  const base = text.node === undefined ? workflowId : `${workflowId}_${text.node.id}`
  return `${base}${suffixOf(text)}`
}

function suffixOf(text: CarriedText): string {
  return SUFFIXES[text.carrier]?.(text) ?? `_${text.carrier.split('.').at(-1) ?? ''}`
}

const ofMessage = (text: CarriedText): string => (messagesOf(text) > 1 ? `_${text.position}` : '')
const query = (): string => '_query'

/** All others end with the last part of their carrier's name. */
const SUFFIXES: Readonly<Partial<Record<Carrier, (text: CarriedText) => string>>> = {
  'llm.chat': ofMessage,
  'llm.jinja2': ofMessage,
  'llm.completion': ofMessage,
  'llm.completion.jinja2': ofMessage,
  'llm.memory_query': query,
  'agent.query': query,
  'classifier.class': (text) => `_class_${itemOf(text)}`,
  'extractor.param': (text) => `_param_${itemOf(text)}`,
  'agent2.output': (text) => `_output_${itemOf(text)}`,
  'agent2.check': (text) => `_check_${itemOf(text)}`,
  'app.chat': ({ position }) => `_chat_${position}`,
  'app.react': ({ pointer }) => `_${lastStepOf(pointer)}`,
  'agent.soul': () => '_system_prompt',
}

/** How many messages the node has, those that cannot be used included. */
function messagesOf({ node }: CarriedText): number {
  const template = node?.data['prompt_template']
  return Array.isArray(template) ? template.length : 1
}

function itemOf({ messageId, position }: CarriedText): string {
  return messageId ?? String(position)
}

function lastStepOf(pointer: string): string {
  return pointer.split('/').at(-1) ?? ''
}

/**
 * The first free id for a new prompt: the one by default, else with a number at its end.
 *
 * @param isTaken whether another prompt has an id, or had it: histories must not mix
 */
export function freePromptId(
  workflowId: string,
  text: CarriedText,
  isTaken: (id: string) => boolean,
): string {
  const wanted = defaultPromptId(workflowId, text)
  if (!isTaken(wanted)) return wanted
  const isMessage = /^llm\.(chat|jinja2|completion)/.test(text.carrier)
  const base = isMessage && text.node !== undefined ? `${workflowId}_${text.node.id}` : wanted
  for (let number = isMessage ? 1 : 2; ; number++) {
    const id = `${base}_${number}`
    if (!isTaken(id)) return id
  }
}
