// What answers in the place of a model: a fixed rule, or an OpenAI-compatible server. No figure that comes from a rule
// says anything about a model.
import { createHash } from 'node:crypto'

/** In units of 0.000001 for each token; the simulated currency is USD. */
const MICROS = { prompt: 3, completion: 15 }

/**
 * Answers messages. `rule`: 'features' describes the prompt that arrived, so that a changed prompt gets another answer;
 * 'echo' returns the last message; a list of `{ when, text }` answers with the first text whose `when` occurs in the
 * messages. `url`: an OpenAI-compatible address that is asked instead.
 */
export async function answer(messages, { rule = 'features', url, name }) {
  const text = url === undefined ? byRule(rule, messages) : await asked(url, name, messages)
  return { text, usage: usageOf(messages, text) }
}

function byRule(rule, messages) {
  const all = messages.map(({ text }) => text).join('\n')
  if (Array.isArray(rule)) return rule.find(({ when }) => all.includes(when))?.text ?? ''
  if (rule === 'echo') return messages.at(-1)?.text ?? ''
  return features(all, messages)
}

/** Facts about the prompt, one a line. */
function features(all, messages) {
  const system = messages.find(({ role }) => role === 'system')?.text ?? all
  return [
    `headings: ${/^#+ /m.test(system) ? 'yes' : 'no'}`,
    `lists: ${/^(?:[-*]|\d+\.) /m.test(system) ? 'yes' : 'no'}`,
    `example: ${/example|例/i.test(system) ? 'yes' : 'no'}`,
    `digest: ${createHash('sha256').update(all).digest('hex').slice(0, 12)}`,
  ].join('\n')
}

async function asked(url, name, messages) {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: name ?? 'simulated',
      messages: messages.map(({ role, text }) => ({ role, content: text })),
    }),
  })
  if (!response.ok) throw new Error(`The model answered ${response.status}`)
  const { choices } = await response.json()
  return choices[0].message.content
}

function usageOf(messages, text) {
  const prompt = tokens(messages.map((message) => message.text).join(''))
  const completion = tokens(text)
  const price = prompt * MICROS.prompt + completion * MICROS.completion
  return {
    prompt_tokens: prompt,
    prompt_unit_price: '3.00',
    prompt_price_unit: '0.000001',
    prompt_price: micros(prompt * MICROS.prompt),
    completion_tokens: completion,
    completion_unit_price: '15.00',
    completion_price_unit: '0.000001',
    completion_price: micros(completion * MICROS.completion),
    total_tokens: prompt + completion,
    total_price: micros(price),
    currency: 'USD',
    latency: 0.01,
  }
}

/** A count that is only for the simulation. */
const tokens = (text) => Math.ceil([...text].length / 4)
const micros = (count) => (count / 1_000_000).toFixed(7)
