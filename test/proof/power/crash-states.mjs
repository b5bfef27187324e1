// Chooses what a disk may hold after the power was cut. At a crash, everything that came before the last flush is there.
// Of what came after it, any subset is, and of each write any of its sectors.
import { windowsOf } from './device-log.mjs'

/** Disks promise to write 512 bytes whole, newer ones 4096. */
const SECTORS = [512, 4096]

/** How the writes after the last flush are thinned out, and how often each way is taken. */
const WAYS = { all: 8, none: 8, oneLost: 18, oneKept: 14, prefix: 10, half: 18, torn: 24 }

/**
 * `count` different states, in the order of their moments (fewer when chance repeats itself too often): {window, cut,
 * way, sector, pieces}. Everything before `window.from` is on the disk; of the events from there up to `cut`, what
 * `pieces` say: {event, from, to}, bytes of the write.
 */
export function chooseStates(events, count, random) {
  const windows = windowsOf(events)
  const states = new Map()
  for (let tries = 0; states.size < count && tries < count * 3 && windows.length > 0; tries++) {
    const state = chooseState(events, random.pick(windows), random)
    states.set(keyOf(state), state)
  }
  return [...states.values()].sort((a, b) => a.window.from - b.window.from || a.cut - b.cut)
}

function chooseState(events, window, random) {
  // Most is at stake when the next flush is about to come.
  const cut = random.chance(0.6) ? window.to : random.integer(window.from + 1, window.to)
  const pending = []
  for (let at = window.from; at < cut; at++) if (events[at].kind === 'write') pending.push(at)
  const way = random.weighted(WAYS)
  const sector = random.pick(SECTORS)
  const pieces = thin(events, pending, { way, sector, random })
  return { window, cut, way, sector, pieces }
}

function thin(events, pending, { way, sector, random }) {
  const whole = (event) => ({ event, from: 0, to: events[event].bytes.length })
  const chosen = random.integer(0, Math.max(0, pending.length - 1))
  if (way === 'none') return []
  if (way === 'all') return pending.map(whole)
  if (way === 'oneLost') return pending.filter((_, at) => at !== chosen).map(whole)
  if (way === 'oneKept') return pending.filter((_, at) => at === chosen).map(whole)
  if (way === 'half') return pending.filter(() => random.chance(0.5)).map(whole)
  if (way === 'prefix')
    return pending.slice(0, chosen + 1).flatMap((event, at) =>
      // The power went while this one was on its way.
      at < chosen ? [whole(event)] : tear(event, events[event].bytes.length, sector, random),
    )
  return pending.flatMap((event) => {
    const fate = random.weighted({ torn: 2, kept: 1, lost: 1 })
    if (fate === 'torn') return tear(event, events[event].bytes.length, sector, random)
    return fate === 'kept' ? [whole(event)] : []
  })
}

/** Some sectors of a write, neighbours joined: the first ones, all but the last, or any. */
function tear(event, bytes, sector, random) {
  const sectors = Math.ceil(bytes / sector)
  const way = random.weighted({ head: 1, butLast: 1, any: 3 })
  const head = random.integer(0, sectors)
  const kept = (at) => {
    if (way === 'head') return at < head
    return way === 'butLast' ? at < sectors - 1 : random.chance(0.5)
  }
  const pieces = []
  for (let at = 0; at < sectors; at++) {
    if (!kept(at)) continue
    const [from, to] = [at * sector, Math.min(bytes, (at + 1) * sector)]
    const last = pieces.at(-1)
    if (last?.to === from) last.to = to
    else pieces.push({ event, from, to })
  }
  return pieces
}

function keyOf({ cut, window, pieces }) {
  return `${window.from}:${cut}:${pieces.map(({ event, from, to }) => `${event}/${from}/${to}`).join()}`
}
