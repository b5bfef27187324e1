import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { toError } from '../../base/values.js'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import type { Case } from '../evaluation/case.js'
import { Budget, type Price } from '../ledger/budget.js'
import { chatCost, chatWorstCase } from '../ledger/chat-cost.js'
import type { ChatMessage, ChatModel, ChatRequest } from '../llm/chat-model.js'
import type { Candidate } from '../search/candidate.js'
import { filledText } from './fill-text.js'
import type { ModelTarget } from './run-config.js'
import { promptsOf, type RunPrompt } from './run-prompts.js'
import type { RunTarget } from './run-target.js'
import { scoredRun } from './score-run.js'

/** What a target of the type `model` is made of. */
export interface ModelTargetParts {
  readonly dify: DifyFile
  readonly config: ModelTarget
  /** Not in the ledger yet. */
  readonly model: ChatModel
  readonly price: Price | undefined
}

/** Carriers of what one call of a model gets. */
const MESSAGES = /^(?:llm\.(?:chat|completion)|app\.(?:pre_prompt|chat|completion))$/

/**
 * Sends the messages of one LLM node, or of an app without a graph, to a model. The output is `text`.
 * @throws TypeError for a file whose messages cannot be sent without the rest of the workflow
 */
export function modelTarget({ dify, config, model, price }: ModelTargetParts): RunTarget {
  const prompts = messagesOf(dify, config)
  const prices = price === undefined ? {} : { [model.name]: price }
  // A limit makes the worst case be worked out; nothing is spent here.
  const unlimited = new Budget({ tokens: Number.MAX_SAFE_INTEGER })
  const requestOf = (candidate: Candidate, { inputs }: Case, repeat: number): ChatRequest => ({
    model: model.name,
    messages: filledMessages(prompts, candidate, inputs),
    temperature: config.temperature,
    max_tokens: config.max_tokens,
    seed: repeat,
  })
  return {
    name: `model ${model.name}`,
    possible: prompts,
    check: (testCase) => {
      try {
        requestOf({}, testCase, 0)
      } catch (error) {
        throw wrongArgument(`Case ${shown(testCase.id)} cannot be run: ${toError(error).message}`)
      }
    },
    worstCase: (candidate, testCase) =>
      chatWorstCase(requestOf(candidate, testCase, 0), unlimited, prices),
    evaluate: (ledger, evaluator) => async (candidate, testCase, options) => {
      const { repeat, attempt, signal } = options
      return await scoredRun(testCase, evaluator, options, async () => {
        const request = requestOf(candidate, testCase, repeat)
        const recorded = ledger.model(model, { repeat, attempt })
        const answer = await recorded.complete(request, { signal })
        const cost = chatCost(request, answer, prices) ?? chatWorstCase(request, unlimited, prices)
        return {
          outputs: { text: answer.text },
          traces: [],
          tokens: cost.tokens,
          cost: cost.money,
          // Times differ from run to run: the ledger has them.
          seconds: 0,
        }
      })
    },
  }
}

function messagesOf(dify: DifyFile, { node }: ModelTarget): readonly RunPrompt[] {
  const all = promptsOf(dify)
  const nodes = new Map(
    all.flatMap(({ carried }) =>
      carried.node?.type === 'llm' ? [[carried.node.id, carried.node.title ?? '']] : [],
    ),
  )
  const [only] = nodes.keys()
  const chosen = node ?? only
  if (node !== undefined && !nodes.has(node))
    throw wrongArgument(`Key "target.node" is ${shown(node)}, which is not an LLM node of the file`)
  if (node === undefined && nodes.size > 1)
    throw wrongArgument(
      `The file has ${nodes.size} LLM nodes: name one as "target.node" (${[...nodes.keys()].join(', ')}), or run all of them on Dify ("target.type: dify")`,
    )
  const own = all.filter(({ carried }) => carried.node?.id === chosen)
  const jinja = own.find(({ carried }) => carried.carrier.includes('jinja2'))
  if (jinja !== undefined)
    throw wrongArgument(
      `${jinja.prompt_id} is a template of Jinja2, which only Dify fills in: "target.type: dify"`,
    )
  return own.filter(({ carried }) => MESSAGES.test(carried.carrier))
}

function filledMessages(
  prompts: readonly RunPrompt[],
  candidate: Candidate,
  inputs: Case['inputs'],
): readonly ChatMessage[] {
  const messages = prompts.map(({ prompt_id: id, carried }): ChatMessage => ({
    role: roleOf(carried.role, carried.carrier),
    content: filledText(candidate[id] ?? carried.text, carried.syntax, inputs),
  }))
  const isApp = prompts.some(({ carried }) => carried.carrier === 'app.pre_prompt')
  const { query } = inputs
  if (!isApp || query === undefined) return messages
  // An app without a graph sends what its user says after its prompt.
  return [
    ...messages,
    { role: 'user', content: typeof query === 'string' ? query : JSON.stringify(query) },
  ]
}

function roleOf(role: string | undefined, carrier: string): ChatMessage['role'] {
  if (role === 'system' || role === 'user' || role === 'assistant') return role
  return carrier.endsWith('completion') ? 'user' : 'system'
}
