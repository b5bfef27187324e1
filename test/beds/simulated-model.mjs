// `node simulated-model.mjs [DELAY_MS]`: a simulated model as an HTTP server, for searches whose optimum must be known.
// It prints its port, and ends when its standard input does. No figure from it says anything about real models.
//
//   POST /FAMILY/SEED/v1/chat/completions  as OpenAI: model "worker" answers a case, "writer" proposes a prompt
//   POST /FAMILY/SEED/run                  a workflow of several prompts: {"texts", "inputs", "repeat"}
//   GET  /FAMILY/SEED/cases/SET            train, validation or held_out; and /seed, the texts to begin with
//   POST /FAMILY/SEED/truth                true scores of candidates, the seed and the best: for the judge alone
//   GET  /FAMILY/SEED/log                  what was asked so far: by set, in order, and whether the truth was
import { createServer } from 'node:http'
import { rewrite } from './simulated-writer.mjs'
import { World } from './simulated-world.mjs'

const DELAY_MS = Number(process.argv[2] ?? 0)
const worlds = new Map()
const ROUTES = { cases, seed, truth, log, run, v1: chat }

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const [, family, number, route, ...rest] = request.url.split('/')
    let status = 200
    let answer
    try {
      const text = Buffer.concat(chunks).toString()
      const body = text === '' ? undefined : JSON.parse(text)
      answer = ROUTES[route](worldOf(family, number), body, ...rest)
    } catch (error) {
      status = 400
      answer = { error: { message: String(error) } }
    }
    const send = () => {
      const text = JSON.stringify(answer)
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    }
    if (DELAY_MS > 0) setTimeout(send, DELAY_MS)
    else send()
  })
})
// A client must not meet a connection that is just being closed.
server.keepAliveTimeout = 3_600_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit()).resume()

function worldOf(family, number) {
  const name = `${family}/${number}`
  const known = worlds.get(name)
  if (known !== undefined) return known
  const world = new World(family, Number(number))
  const made = { world, counts: { requests: 0, writer: 0, truth: 0 }, order: [] }
  worlds.set(name, made)
  return made
}

function cases({ world, order }, _body, set) {
  if (!['train', 'validation', 'held_out'].includes(set)) throw new Error(`no set ${set}`)
  order.push(`cases ${set}`)
  return world.cases[set].map(({ id, inputs, expected }) => ({ id, inputs, expected }))
}

function seed({ world }) {
  return world.seedTexts()
}

function truth({ world, counts, order }, { candidates }) {
  counts.truth++
  order.push('truth')
  return {
    scores: candidates.map((texts) => world.trueScore(texts)),
    seed: world.trueScore(world.seedTexts()),
    best: world.trueScore(world.bestTexts()),
  }
}

function log({ counts, order }) {
  return { counts, order: order.filter((each, at) => each !== order[at - 1]) }
}

/** Notes which set an input is of. */
function caseOf({ world, counts, order }, text) {
  const found = world.byText.get(text)
  if (found === undefined) throw new Error('the request is not of this shop')
  const set = found.id.replace(/-\d+$/, '')
  counts.requests++
  counts[set] = (counts[set] ?? 0) + 1
  order.push(`run ${set}`)
  return found
}

function run(made, { texts, inputs, repeat = 0 }) {
  const { world } = made
  const answers = world.answers(texts, caseOf(made, inputs.text), repeat)
  const traces = world.prompts.map((prompt) => ({
    node_id: prompt,
    status: 'succeeded',
    outputs: {
      text: answers
        .filter(({ point }) => world.homes.get(point) === prompt)
        .map(({ text }) => text)
        .join('\n'),
    },
  }))
  return { outputs: { text: answers.map(({ text }) => text).join('\n') }, traces }
}

function chat(made, { model, messages, seed: draw = 0 }) {
  const { world, counts } = made
  const [system, user] = messages.map(({ content }) => content)
  let content
  if (model === 'writer') {
    counts.requests++
    counts.writer++
    content = rewrite(user, (...values) => world.chance('writer', user, draw, ...values))
  } else {
    const [prompt] = world.prompts
    const answers = world.answers({ [prompt]: system }, caseOf(made, user), draw)
    content = answers.map(({ text }) => text).join('\n')
  }
  const tokens = (text) => Math.ceil(text.length / 4)
  return {
    id: `simulated-${counts.requests}`,
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: tokens(system) + tokens(user),
      completion_tokens: tokens(content),
      total_tokens: tokens(system) + tokens(user) + tokens(content),
    },
  }
}
