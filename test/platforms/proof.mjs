// A store on another platform: saved, read, killed and recovered there, and carried from one platform to another.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, promisify } from 'node:util'
import { copyStore } from '../support/copy-store.mjs'

const PROGRAM = fileURLToPath(new URL('store.mjs', import.meta.url))
const SAVES_BEFORE_KILL = 30

const run = promisify(execFile)

/**
 * @typedef {object} Platform
 * @property {string} name
 * @property {readonly string[]} node the command that starts Node there; what follows are Node's arguments
 * @property {string} binary the one that has to be in use there
 */

/**
 * Saves, reads, kills and recovers on one platform.
 *
 * @param {Platform} platform
 * @param {string} directory that is not there yet
 */
export async function proveStore(platform, directory) {
  await call(platform, 'save', directory, 'whole')
  const told = await killWhileSaving(platform, directory)
  const { prompts } = await contentsOf(platform, directory)
  check(prompts.whole.length === 100, `${platform.name}: ${prompts.whole.length} of 100 versions`)
  const kept = new Set(prompts.killed.map(({ version }) => version))
  const lost = told.filter((version) => !kept.has(version))
  check(lost.length === 0, `${platform.name} has lost ${lost.join(', ')}`)
  console.log(`${platform.name}: 100 saved, a writer killed after ${told.length}, all there`)
}

/**
 * What one platform has saved, and left behind when it was killed, is the same on the other.
 *
 * @param {Platform} from
 * @param {Platform} to
 * @param {string} directory that is not there yet
 */
export async function proveExchange(from, to, directory) {
  await call(from, 'save', directory, 'whole')
  const told = await killWhileSaving(from, directory)
  const [there, here] = [`${directory}-there`, `${directory}-here`]
  // Neither has recovered yet: each does by itself.
  for (const copy of [there, here]) copyStore(directory, copy)
  const expected = await contentsOf(from, here)
  const found = await contentsOf(to, there)
  check(isDeepStrictEqual(found.prompts, expected.prompts), `${to.name} reads something else`)
  check(isDeepStrictEqual(bytesOf(there), bytesOf(here)), `${to.name} recovers other files`)
  console.log(`${from.name} to ${to.name}: ${100 + told.length} versions, the same bytes`)
}

/** @returns {Promise<string[]>} the versions that were told to be saved */
async function killWhileSaving({ node }, directory) {
  const [program, ...rest] = node
  const child = spawn(program, [...rest, PROGRAM, 'save', directory, 'killed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    told.push(line.replace('saved ', ''))
    if (told.length === SAVES_BEFORE_KILL) child.kill('SIGKILL')
  })
  const [[, signal]] = await Promise.all([once(child, 'close'), once(lines, 'close')])
  check(signal === 'SIGKILL', `the writer was not killed: ${signal}`)
  return told
}

async function contentsOf(platform, directory) {
  const contents = JSON.parse(await call(platform, 'read', directory))
  const { binary, damage } = contents
  check(binary.endsWith(platform.binary), `${platform.name} uses ${binary}`)
  check(damage.length === 0, `${platform.name}: ${JSON.stringify(damage)}`)
  return contents
}

async function call({ node }, ...parameters) {
  const [program, ...rest] = node
  const { stdout } = await run(program, [...rest, PROGRAM, ...parameters], { maxBuffer: 2 ** 26 })
  return stdout
}

/** The documents, by their paths. */
function bytesOf(directory) {
  const files = ['whole', 'killed'].flatMap((prompt) =>
    readdirSync(join(directory, prompt)).map((file) => join(prompt, file)),
  )
  return files.sort().map((file) => [file, readFileSync(join(directory, file), 'utf8')])
}

function check(holds, message) {
  if (!holds) throw new Error(message)
}
