// The hidden rules of a simulated model: which instructions of a prompt make it answer which points of a request. Known
// to the server alone, so that the true score of every prompt, and the best one, are known. Nothing here says anything
// about real models.
import { createHash } from 'node:crypto'

/** What a request can ask for, and the one sentence that makes the model answer it. */
export const SENTENCES = Object.fromEntries(
  [
    'amount: State the unit of every amount.',
    'date: Write dates as year, month and day.',
    'name: Repeat the name of the customer.',
    'order: Quote the number of the order.',
    'reason: Give the reason for each decision.',
    'next: Name the next step.',
    'tone: Thank the customer first.',
    'limit: Say what the shop cannot do.',
    'source: Cite the policy that applies.',
    'currency: Show prices with their currency.',
    'time: Say how long it will take.',
    'place: Name the warehouse.',
    'status: Begin with the status.',
    'doubt: Ask when something is unclear.',
    'refund: Explain how a refund is paid.',
    'stock: Check whether the article is in stock.',
    'contact: Offer a person to talk to.',
    'tax: Mention the tax that is included.',
    'size: Repeat the size of the article.',
    'colour: Repeat the colour of the article.',
    'return: Explain how to return an article.',
    'gift: Ask whether it is a present.',
    'voucher: Check the voucher.',
    'delay: Apologise for a delay.',
  ].map((line) => line.split(/: (.*)/)),
)
const POINTS = Object.keys(SENTENCES)
/** It answers two points at once, and stops four others from being answered. */
export const TRAP = 'Answer in as few words as possible.'

/** What is special about each family. */
const FAMILIES = {
  additive: { prompts: 1, points: 8 },
  interacting: { prompts: 1, points: 8, pairs: true },
  deceptive: { prompts: 1, points: 8, trap: true },
  flat: { prompts: 1, points: 8, flat: true },
  noisy: { prompts: 1, points: 8, noise: 0.15 },
  'several-additive': { prompts: 3, points: 12 },
  'several-interacting': { prompts: 3, points: 12, pairs: true },
  'several-conflicting': { prompts: 3, points: 12, kinds: true },
}
export const FAMILY_NAMES = Object.keys(FAMILIES)
const PROMPT_NAMES = ['plan', 'draft', 'review']
const SIZES = { train: 15, validation: 10, held_out: 24, population: 200 }
/** How often a point is answered in the flat family, whatever the prompt says. */
const FLAT_RATE = 0.6

export class World {
  /** @param {string} family @param {number} seed */
  constructor(family, seed) {
    this.rules = FAMILIES[family]
    if (this.rules === undefined) throw new Error(`no family ${family}`)
    this.name = `${family}/${seed}`
    this.memory = new Map()
    const order = [...POINTS].sort((a, b) => this.chance('point', a) - this.chance('point', b))
    this.points = order.slice(0, this.rules.points)
    this.prompts = PROMPT_NAMES.slice(0, this.rules.prompts)
    /** Which prompt a point belongs to, and which other sentence it needs. */
    this.homes = new Map(
      this.points.map((point, at) => [point, this.prompts[at % this.prompts.length]]),
    )
    this.partners = new Map(this.points.map((point, at) => [point, this.points[at ^ 1]]))
    this.cases = this.makeCases()
    this.byText = new Map(
      Object.values(this.cases)
        .flat()
        .map((each) => [each.inputs.text, each]),
    )
  }

  /** As `chance`, for values that are asked for again and again. */
  known(...values) {
    const key = values.join(' ')
    const before = this.memory.get(key)
    if (before !== undefined) return before
    const made = this.chance(...values)
    this.memory.set(key, made)
    return made
  }

  /** A number from 0 to 1 that the world's name and the given values decide. */
  chance(...values) {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.name, values]))
      .digest()
    return digest.readUIntBE(0, 6) / 2 ** 48
  }

  makeCases() {
    const make = (set, at) => {
      const id = `${set}-${at}`
      const wanted = [...this.points]
        .sort((a, b) => this.chance(id, a) - this.chance(id, b))
        .slice(0, this.rules.points / 2)
      const kind = this.chance(id, 'kind') < 0.5 ? 'private' : 'business'
      const text = `A ${kind} customer, request ${this.mark(id, 'text')}: ${wanted.join(', ')}.`
      const expected = wanted.map((point) => `${point}:${this.mark(id, point)}`)
      return { id, inputs: { text }, expected, metadata: { kind, wanted } }
    }
    return Object.fromEntries(
      Object.entries(SIZES).map(([set, size]) => [
        set,
        Array.from({ length: size }, (_, at) => make(set, at)),
      ]),
    )
  }

  mark(...values) {
    return Math.floor(this.known('mark', ...values) * 16 ** 6)
      .toString(16)
      .padStart(6, '0')
  }

  /** The texts that a search begins with; each has one useful sentence or none. */
  seedTexts() {
    return Object.fromEntries(
      this.prompts.map((prompt) => [
        prompt,
        `You ${prompt} answers for the customers of a shop.\n` +
          `The request is: {{#start.text#}}\nWrite one line for each point of the request.`,
      ]),
    )
  }

  /** The best texts there are. */
  bestTexts() {
    const texts = this.seedTexts()
    for (const point of this.points)
      texts[this.homes.get(point)] = withSentence(texts[this.homes.get(point)], SENTENCES[point])
    return texts
  }

  /** How likely each wanted point of a case is answered: 0, 1, or between where chance decides. */
  likelihoods(texts, { id, metadata: { kind, wanted } }) {
    const has = (point) => texts[this.homes.get(point)]?.includes(SENTENCES[point]) === true
    const isTrapped = this.rules.trap === true && Object.values(texts)[0].includes(TRAP)
    const rules = this.rules
    return wanted.map((point) => {
      const at = this.points.indexOf(point)
      if (rules.flat === true) return FLAT_RATE
      let likely = has(point) ? 1 : 0
      if (isTrapped) likely = at < 3 ? 1 : at < 7 ? 0 : likely
      // Alone, a sentence helps in half of the cases; with its partner, in all.
      if (rules.pairs === true && likely === 1 && !has(this.partners.get(point)))
        likely = this.known('half', id, point) < 0.5 ? 1 : 0
      // Half of the points are for one kind of customer alone until their partner is there, and meanwhile cost the
      // other kind another point: what is best on average is not what is best for each.
      if (rules.kinds === true && likely === 1) likely = this.isServed(point, kind, has) ? 1 : 0
      const noise = rules.noise ?? 0
      return likely * (1 - noise) + (1 - likely) * noise
    })
  }

  /** In blocks of four points, the first two are partners, and in the way of the others. */
  isServed(point, kind, has) {
    const at = this.points.indexOf(point)
    const block = this.points.slice(at - (at % 4), at - (at % 4) + 4)
    const isFor = (other) => (kind === 'private') === (this.points.indexOf(other) % 2 === 0)
    const isAlone = (other) => has(other) && !has(this.partners.get(other))
    if (at % 4 < 2) return !isAlone(point) || isFor(point)
    return !block.slice(0, 2).some((other) => isAlone(other) && !isFor(other))
  }

  /** What each wanted point is answered with: its mark, or "unknown". */
  answers(texts, found, draw) {
    const likelihoods = this.likelihoods(texts, found)
    // The texts decide, as a whole: the slightest change may turn an answer.
    const isCertain = likelihoods.every((likely) => likely === 0 || likely === 1)
    const luck = isCertain ? 0 : this.chance('luck', texts, found.id, draw)
    return found.metadata.wanted.map((point, at) => {
      const likely = likelihoods[at]
      const isAnswered =
        likely === 0 || likely === 1 ? likely === 1 : this.chance('draw', luck, point) < likely
      return { point, text: `${point}:${isAnswered ? this.mark(found.id, point) : 'unknown'}` }
    })
  }

  /** The mean score over 200 cases that are in no set, and over all that chance could do. */
  trueScore(texts) {
    const scores = this.cases.population.map((each) => {
      const likelihoods = this.likelihoods(texts, each)
      return likelihoods.reduce((sum, likely) => sum + likely, 0) / likelihoods.length
    })
    return scores.reduce((sum, score) => sum + score, 0) / scores.length
  }
}

/** A text with a sentence more, before its last line. */
export function withSentence(text, sentence) {
  if (text.includes(sentence)) return text
  const lines = text.split('\n')
  return [...lines.slice(0, -1), sentence, lines.at(-1)].join('\n')
}
