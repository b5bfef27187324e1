// How the simulated model rewrites a prompt: it adds a sentence that may help, and is sometimes wrong, as writers are.
// It sees the request only: what is missing in the runs that the request shows, or the texts that were tried.
import { SENTENCES, TRAP, withSentence } from './simulated-world.mjs'

/** How often it does what the feedback asks for, takes a sentence away, adds one more, or loses the placeholder. */
const LISTENS = 0.7
const REMOVES = 0.2
const ADDS_MORE = 0.15
const LOSES_PLACEHOLDER = 0.03

/** @param {string} message what a proposer sends @param {(...values: unknown[]) => number} chance */
export function rewrite(message, chance) {
  const present = /<prompt>\n([\s\S]*?)\n<\/prompt>/.exec(message)?.[1] ?? ''
  const history = [...message.matchAll(/^(\{"text":.*\})$/gm)].map(([line]) => JSON.parse(line))
  let text = history.at(-1)?.text ?? present
  if (chance('remove') < REMOVES) text = withoutOne(text, chance)
  text = withSentence(text, chosenSentence(message, text, chance))
  if (chance('more') < ADDS_MORE) text = withSentence(text, anySentence(text, chance, 'more'))
  if (chance('placeholder') < LOSES_PLACEHOLDER) text = text.replace(/\{\{#.*?#\}\}/, 'below')
  return `Here it is.\n<prompt>\n${text}\n</prompt>`
}

function chosenSentence(message, text, chance) {
  const missing = missingPoints(message).filter((point) => !text.includes(SENTENCES[point]))
  if (missing.length === 0 || chance('listen') >= LISTENS) return anySentence(text, chance, 'any')
  const point = missing[Math.floor(chance('which') * missing.length)]
  // Short answers look like the remedy for anything.
  return chance('trap') < 0.15 ? TRAP : SENTENCES[point]
}

/** The points that were missing; if the prompt's own answers are shown, those that it did not know. */
function missingPoints(message) {
  const missing = [...message.matchAll(/is missing: '([a-z]+):/g)].map(([, point]) => point)
  const own = message
    .split('\n')
    .filter((line) => line.startsWith("this prompt's own answer:"))
    .join('\n')
  const unknown = [...own.matchAll(/([a-z]+):unknown/g)].map(([, point]) => point)
  return own === '' ? missing : missing.filter((point) => unknown.includes(point))
}

function anySentence(text, chance, purpose) {
  const others = [...Object.values(SENTENCES), TRAP].filter((sentence) => !text.includes(sentence))
  return others[Math.floor(chance('any', purpose) * others.length)] ?? TRAP
}

function withoutOne(text, chance) {
  const lines = text.split('\n')
  const removable = lines.filter((line) => line === TRAP || Object.values(SENTENCES).includes(line))
  const removed = removable[Math.floor(chance('removed') * removable.length)]
  return lines.filter((line) => line !== removed).join('\n')
}
