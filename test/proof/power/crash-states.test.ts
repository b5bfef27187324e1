import { describe, expect, it } from 'vitest'
import { Random } from '../crash/random.mjs'
import { SEED } from '../../support/random.js'
import { chooseStates, type CrashState } from './crash-states.mjs'
import { parseLog, type DeviceEvent } from './device-log.mjs'
import { flush, logOf, mark, write } from './log-of.js'

const STATES = 150
const events = parseLog(
  logOf(
    [3, 1, 6, 2, 9].flatMap((writes, window) => [
      ...Array.from({ length: writes }, (_, at) =>
        write(at * 16_384, Buffer.alloc(512 * (1 + ((window + at) % 5)), at)),
      ),
      mark({ ack: String(window) }),
      flush(),
    ]),
  ),
)
const states = chooseStates(events, STATES, new Random(SEED))

describe('the crash states of a log', () => {
  it('are as many as were asked for, none twice, in the order of their moments', () => {
    expect(states).toHaveLength(STATES)
    expect(new Set(states.map((state) => JSON.stringify([state.cut, state.pieces]))).size).toBe(
      STATES,
    )
    const cuts = states.map(({ cut }) => cut)
    expect(cuts).toEqual(cuts.toSorted((a, b) => a - b))
  })

  it('are the same for the same seed and others for another one', () => {
    expect(chooseStates(events, STATES, new Random(SEED))).toEqual(states)
    expect(chooseStates(events, STATES, new Random(SEED + 1))).not.toEqual(states)
  })

  it('never take away what came before a flush, and never bring what had not been written', () => {
    for (const { window, cut, pieces } of states) {
      expect(cut).toBeGreaterThan(window.from)
      expect(cut).toBeLessThanOrEqual(window.to)
      expect(events.slice(window.from, cut).some(({ kind }) => kind === 'flush')).toBe(false)
      for (const { event } of pieces) {
        expect(event).toBeGreaterThanOrEqual(window.from)
        expect(event).toBeLessThan(cut)
      }
    }
  })

  it('tear writes between sectors only, and keep their order', () => {
    for (const { pieces, sector } of states) {
      const order = pieces.map(({ event, from }) => event * 1_000_000 + from)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      for (const { event, from, to } of pieces) {
        const { length } = bytesOf(events[event])
        expect(from % sector).toBe(0)
        expect(to === length || to % sector === 0).toBe(true)
        expect(from).toBeLessThan(to)
      }
    }
  })

  it('have all ways to lose among them, torn and reordered writes included', () => {
    expect(new Set(states.map(({ way }) => way))).toEqual(
      new Set(['all', 'none', 'oneLost', 'oneKept', 'prefix', 'half', 'torn']),
    )
    expect(states.some(isTorn)).toBe(true)
    expect(states.some(keepsALaterOneOnly)).toBe(true)
  })

  it('are none where nothing was written', () => {
    expect(chooseStates(parseLog(logOf([flush(), mark({})])), 10, new Random(1))).toEqual([])
  })
})

function isTorn({ pieces }: CrashState): boolean {
  return pieces.some(({ event, from, to }) => to - from < bytesOf(events[event]).length)
}

/** The first write of the window is lost and one after it is there: the disk has changed their order. */
function keepsALaterOneOnly({ window, pieces }: CrashState): boolean {
  return pieces.length > 0 && pieces.every(({ event }) => event > window.from)
}

function bytesOf(event: DeviceEvent | undefined): Buffer {
  if (event?.kind !== 'write') throw new Error('A piece is of no write')
  return event.bytes
}
