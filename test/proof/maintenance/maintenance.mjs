// Publishes and moves labels in several processes while others apply retention, compress, reshard and back up the same
// store; kills all of them at random; and checks after each round that nothing is lost but what retention removed, and
// that each backup is one state that the store was in.
//
//   npm run torture:maintenance -- --minutes 10
//   npm run torture:maintenance -- --rounds 2 --seed 123
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { Program } from '../crash/process.mjs'
import { Random } from '../crash/random.mjs'
import { checkDerived } from './derived-files.mjs'
import { backupsOf, filesOf, filesOfBackup, readStore } from './independent.mjs'
import { judge } from './judge.mjs'

const PUBLISHERS = 4
const MAINTENANCE = ['retention', 'compression', 'resharding', 'backup', 'reading']
const PROMPTS = Array.from({ length: 12 }, (_, number) => `prompt-${number}`)
/** Enough versions for the file of summaries. */
const LONG = { promptId: 'long', versions: 1100 }
const LABELS = ['production', 'staging']
const KEEP_LAST = 20
const ROUNDS_A_STORE = 5
const WORK_MS = [4000, 8000]
const KILL_AFTER_MS = [200, 2500]
const CHECK_MAX_MS = 180_000
const SHOWN_MAX = 20
/** A label of a prompt without versions; a resharding that another process has begun, or a backup that it makes. */
const EXPECTED = ['OPT-VER-002', 'FS-FORMAT-001', 'FS-LOCK-001']

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    directory: { type: 'string', default: tmpdir() },
  },
})
process.exitCode = await torture(values)

async function torture({ rounds, minutes, seed, directory }) {
  console.log(`maintenance: seed ${seed}`)
  const until = minutes === undefined ? Infinity : performance.now() + Number(minutes) * 60_000
  const roundsMax = rounds === undefined ? (minutes === undefined ? 2 : Infinity) : Number(rounds)
  const total = {}
  let store
  let number = 0
  while (number < roundsMax && performance.now() < until) {
    if (number % ROUNDS_A_STORE === 0) {
      if (store !== undefined) rmSync(store.place, { recursive: true })
      store = newStore(directory)
      const problems = await fill(store, `${seed}/${number}`, total)
      if (problems.length > 0) return failed(store, seed, number, problems)
    }
    number++
    const problems = await runRound(store, new Random(seed, number), `${seed}/${number}`, total)
    total.rounds = number
    if (problems.length > 0) return failed(store, seed, number, problems)
    console.log(summaryOf(total, 0))
  }
  if (store !== undefined) rmSync(store.place, { recursive: true })
  console.log(`passed: ${summaryOf(total, 0)}`)
  return 0
}

function failed({ place, calls }, seed, number, problems) {
  for (const problem of problems.slice(0, SHOWN_MAX)) console.log(`  ${problem}`)
  const log = join(place, 'calls.jsonl')
  writeFileSync(log, calls.map((call) => `${JSON.stringify(call)}\n`).join(''))
  console.log(
    `FAILED: round ${number} of seed ${seed}, ${problems.length} violations; see ${place}`,
  )
  return 1
}

function summaryOf(total, violations) {
  const counts = Object.entries(total).map(([name, count]) => `${count} ${name}`)
  return `${counts.join(', ')}, ${violations} violations`
}

function newStore(parent) {
  const place = mkdtempSync(join(parent, 'holdfast-maintenance-'))
  const store = {
    place,
    directory: join(place, 'store'),
    backups: join(place, 'backups'),
    calls: [],
  }
  mkdirSync(store.directory)
  return store
}

/** A process that saves the long prompt, before the others begin. */
async function fill(store, seed, total) {
  const note = noteOf(store, total)
  const random = new Random(seed, 'fill')
  const plan = JSON.stringify(planOf(store, 'filling', seed, random))
  const program = new Program('../maintenance/worker.mjs', [plan], note)
  await program.ended
  return program.failure === undefined ? [] : [`filling ${program.failure}`]
}

async function runRound(store, random, seed, total) {
  const problems = []
  const note = noteOf(store, total)
  const works = [...Array.from({ length: PUBLISHERS }, () => 'publish'), ...MAINTENANCE]
  const until = performance.now() + random.integer(...WORK_MS)
  await Promise.all(
    works.map(async (work, slot) => {
      const lane = new Random(seed, slot)
      for (let generation = 0; performance.now() < until; generation++)
        problems.push(
          ...(await runProgram(
            store,
            work,
            `${seed}/${slot}/${generation}`,
            lane,
            until,
            note,
            total,
          )),
        )
    }),
  )
  if (problems.length > 0) return problems
  return await check(store, total)
}

function planOf(store, work, seed, random) {
  return {
    work,
    seed,
    name: `${work}-${seed}`,
    pauseMs: work === 'publish' ? 0 : random.integer(0, 300),
    prompts: PROMPTS,
    long: LONG,
    labels: LABELS,
    keepLast: KEEP_LAST,
    backups: store.backups,
    expected: EXPECTED,
    options: {
      storageDir: store.directory,
      minFreeMb: 0,
      segmentBytes: 1 << 20,
      useIndex: random.chance(0.8),
    },
  }
}

/** One process, from its start to its end: by a kill, or when the time is over. */
async function runProgram(store, work, seed, random, until, note, total) {
  const plan = planOf(store, work, seed, random)
  const program = new Program('../maintenance/worker.mjs', [JSON.stringify(plan)], note)
  await Promise.race([program.message('ready'), program.ended])
  const isKilled = random.chance(0.7)
  const left = until - performance.now()
  await Promise.race([
    program.ended,
    sleep(isKilled ? Math.min(left, random.integer(...KILL_AFTER_MS)) : left),
  ])
  if (isKilled && !program.isOver) {
    program.signal('SIGKILL')
    total.kills = (total.kills ?? 0) + 1
  } else if (!program.isOver) program.command('stop')
  await program.ended
  return program.failure === undefined ? [] : [`${plan.name} ${program.failure}`]
}

function noteOf(store, total) {
  const open = new Map()
  return (message) => noteCall(store, open, total, message)
}

function noteCall({ calls }, open, total, message) {
  const { type, call, ...rest } = message
  if (type === 'call') {
    open.set(call, rest)
    calls.push(rest)
  } else if (type === 'return') {
    const { at, ...result } = rest
    Object.assign(open.get(call), result, { returned: at })
    total[open.get(call).kind] = (total[open.get(call).kind] ?? 0) + 1
  } else if (type === 'refused') {
    open.get(call).refused = rest.code
    total.refused = (total.refused ?? 0) + 1
  }
}

async function check(store, total) {
  const { directory, backups: place, calls, place: parent } = store
  const made = calls.some(({ kind, sequence }) => kind === 'backup' && sequence !== undefined)
  const backups = made ? backupsOf(place) : new Map()
  store.checked ??= new Set()
  const sequences = [...backups.keys()].filter((sequence) => !store.checked.has(sequence))
  const restored = join(parent, 'restored')
  const derived = checkDerived(directory)
  if (derived.problems.length > 0) return derived.problems
  total.summarised = (total.summarised ?? 0) + derived.lines
  const problems = await checkWithLibrary({
    storageDir: directory,
    backups: place,
    sequences,
    restored,
  })
  if (problems.length > 0) return problems
  problems.push(...judge(readStore(filesOf(directory)), calls, KEEP_LAST))
  for (const { sequence } of calls)
    if (sequence !== undefined && !backups.has(sequence))
      problems.push(`backup ${sequence} is lost`)
  for (const sequence of sequences) {
    store.checked.add(sequence)
    total.judged = (total.judged ?? 0) + 1
    const files = filesOfBackup(backups, sequence)
    const call = calls.find((one) => one.sequence === sequence)
    const point = { begin: call?.at ?? -Infinity, end: call?.returned ?? Infinity }
    const found = judge(readStore(files), calls, KEEP_LAST, point)
    problems.push(...found.map((problem) => `backup ${sequence}: ${problem}`))
    if (!isSame(files, filesOf(join(restored, String(sequence)))))
      problems.push(`backup ${sequence} is restored with other files than it holds`)
  }
  rmSync(restored, { recursive: true, force: true })
  return problems
}

/** Versions, labels and histories; a restored store has marks and a journal of its own. */
function isSame(files, restored) {
  const own = (all) =>
    [...all].filter(([path]) => !path.startsWith('.')).sort(([a], [b]) => (a < b ? -1 : 1))
  return isDeepStrictEqual(own(files), own(restored))
}

async function checkWithLibrary(args) {
  const checker = new Program('../maintenance/check.mjs', [JSON.stringify(args)], () => undefined)
  const found = checker.message('found')
  const late = setTimeout(() => checker.signal('SIGKILL'), CHECK_MAX_MS)
  await checker.ended
  clearTimeout(late)
  return (await found)?.problems ?? [`the checker ${checker.failure ?? 'took too long'}`]
}
