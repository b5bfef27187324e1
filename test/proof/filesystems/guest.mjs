// Runs inside a machine: mounts one file system after the other and lets a store live on each. Leaves what was found in
// the file `lives` of the machine's place.
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LIFE = fileURLToPath(new URL('life.mjs', import.meta.url))
const STEP_MAX_MS = 60_000

const [place] = process.argv.slice(2)
for (const each of JSON.parse(readFileSync(0, 'utf8'))) {
  const trouble = prepare(each.prepare ?? [])
  for (const [number, options] of each.tries.entries()) {
    const found = trouble ?? live(each, number, options)
    appendFileSync(
      join(place, 'lives'),
      `${JSON.stringify({ name: each.name, number, options, ...found })}\n`,
    )
  }
}

/** What could not be prepared; undefined when all is well. */
function prepare(lines) {
  for (const line of lines) {
    const { status, stderr, error } = spawnSync('sh', ['-c', line], {
      encoding: 'utf8',
      env: { ...process.env, place },
      timeout: STEP_MAX_MS,
    })
    if (status !== 0) return { unprepared: `${line}: ${error?.message ?? stderr.trim()}` }
  }
  return undefined
}

function live({ name, directory }, number, options) {
  const parent = directory.replace('$place', place)
  const args = [LIFE, join(parent, `${name}-${number}`), JSON.stringify(options)]
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: STEP_MAX_MS,
  })
  if (status === 0) return JSON.parse(stdout)
  return { broken: error?.message ?? stderr.trim() }
}
