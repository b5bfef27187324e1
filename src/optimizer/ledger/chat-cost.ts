import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { ChatAnswer, ChatRequest } from '../llm/chat-model.js'
import { moneyFor, type Budget, type Price } from './budget.js'
import type { Cost } from './ledger-entry.js'

/** Tokens that templates of chats add to a message, and to the whole, at most. */
const MESSAGE_TOKENS = 16

/**
 * The most that a request can cost. Tokenizers of models work on bytes, so a text has at most as many tokens as it has
 * bytes of UTF-8; the answer has at most `max_tokens`.
 *
 * @throws TypeError for a request without `max_tokens` when tokens or money have a budget, and for a model without a
 * price when money has one
 */
export function chatWorstCase(
  request: ChatRequest,
  budget: Budget,
  prices: Readonly<Record<string, Price>>,
): Cost {
  const { model, messages, max_tokens: completion } = request
  const price = prices[model]
  if (budget.limits.money !== undefined && price === undefined)
    throw wrongArgument(`Option "prices" has no price of ${shown(model)}, but money has a budget`)
  if (completion === undefined) {
    if (!budget.needsWorstCase) return { tokens: 0, money: 0 }
    throw wrongArgument('A request needs "max_tokens" when tokens or money have a budget')
  }
  const prompt = messages.reduce(
    (sum, { role, content }) =>
      sum + Buffer.byteLength(role) + Buffer.byteLength(content) + MESSAGE_TOKENS,
    MESSAGE_TOKENS,
  )
  const usage = { prompt_tokens: prompt, completion_tokens: completion }
  return { tokens: prompt + completion, money: moneyFor(price, usage) }
}

/** What an answer has cost; undefined if the endpoint does not say. */
export function chatCost(
  { model }: ChatRequest,
  { usage }: ChatAnswer,
  prices: Readonly<Record<string, Price>>,
): Cost | undefined {
  if (usage === undefined) return undefined
  const tokens = usage.prompt_tokens + usage.completion_tokens
  return { tokens, money: moneyFor(prices[model], usage) }
}
