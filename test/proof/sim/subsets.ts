import { isMetadata, keepRenamed, type DurableView, type PendingOperation } from './durable.js'
import type { Preset } from './presets.js'
import type { Random } from './random.js'
import { SECTOR_BYTES } from './sectors.js'

/** Up to this many pending operations every subset is tried. */
const ALL_SUBSETS_MAX = 6

type Choice = (one: PendingOperation, place: number) => boolean

/**
 * Which of the pending operations a loss of power keeps: subsets that the preset allows, the telling ones first
 * (nothing, all, all names without bytes, all bytes without names), then each alone lost or kept, then by lot.
 */
export function* subsets(
  { pending, parents }: Pick<DurableView, 'pending' | 'parents'>,
  preset: Preset,
  random: Random,
  count: number,
): Generator<readonly boolean[]> {
  const decide = (choice: Choice, whole: boolean): readonly boolean[] => {
    const kept = legal(pending, preset, random, choice, whole)
    keepRenamed(pending, kept, parents)
    if (preset.dataBeforeSize) keepSizes(pending, kept)
    return kept
  }
  const whole: readonly Choice[] = [
    () => false,
    () => true,
    ({ operation }) => isMetadata(operation),
    ({ operation }) => !isMetadata(operation),
  ]
  let left = count
  for (const choice of whole) if (left-- > 0) yield decide(choice, true)
  if (2 ** pending.length <= Math.min(count, 2 ** ALL_SUBSETS_MAX)) {
    for (let mask = 0; mask < 2 ** pending.length; mask++)
      yield decide((_, place) => ((mask >> place) & 1) === 1, true)
    return
  }
  while (left-- > 0) yield decide(drawChoice(pending, random), false)
}

function drawChoice(pending: readonly PendingOperation[], random: Random): Choice {
  const one = random.below(pending.length)
  const keptPart = random.pick([0.1, 0.5, 0.5, 0.9, 0.97])
  switch (random.below(6)) {
    case 0:
      return (_, place) => place !== one
    case 1:
      return (_, place) => place === one
    case 2:
      // All until a moment, nothing of what came later.
      return (_, place) => place < one
    case 3:
      return ({ operation }, place) =>
        isMetadata(operation) ? place < one : random.chance(keptPart)
    default:
      return () => random.chance(keptPart)
  }
}

/** The nearest choice that the preset allows. */
function legal(
  pending: readonly PendingOperation[],
  preset: Preset,
  random: Random,
  choice: Choice,
  wholePrefix: boolean,
): boolean[] {
  const kept = pending.map(choice)
  tear(pending, kept, preset.tearSectors)
  if (preset.orderedMetadata) keepPrefix(pending, kept, random, wholePrefix)
  if (preset.atomicRename) keepPairs(pending, kept)
  return kept
}

/** Sectors of one block are written together. */
function tear(pending: readonly PendingOperation[], kept: boolean[], together: number): void {
  if (together === 1) return
  const blocks = new Map<string, boolean>()
  pending.forEach(({ operation }, place) => {
    if (operation.kind !== 'data') return
    const block = `${operation.node}:${Math.floor(operation.at / together)}`
    const fate = blocks.get(block) ?? (kept[place] as boolean)
    blocks.set(block, fate)
    kept[place] = fate
  })
}

/** Names become durable in order: those from the first lost one on are lost, or those up to one drawn by lot are kept. */
function keepPrefix(
  pending: readonly PendingOperation[],
  kept: boolean[],
  random: Random,
  whole: boolean,
): void {
  const places = pending.flatMap(({ operation }, place) => (isMetadata(operation) ? [place] : []))
  if (places.length === 0) return
  const lost = places.findIndex((place) => kept[place] === false)
  const end = lost < 0 ? places.length : lost
  const cut = whole ? end : Math.max(end, random.below(places.length + 1))
  places.forEach((place, at) => (kept[place] = at < cut))
}

/** Both halves of a rename are kept or lost together. */
function keepPairs(pending: readonly PendingOperation[], kept: boolean[]): void {
  const entered = new Map<number, boolean>()
  pending.forEach(({ operation }, place) => {
    if (operation.kind === 'enter' && operation.pair > 0) {
      entered.set(operation.pair, kept[place] === true)
    } else if (operation.kind === 'leave' && operation.pair > 0) {
      // A new name that is not pending is durable already.
      kept[place] = entered.get(operation.pair) ?? true
    }
  })
}

/** A size whose bytes are not all there stays what it was. */
function keepSizes(pending: readonly PendingOperation[], kept: boolean[]): void {
  pending.forEach(({ operation }, place) => {
    if (operation.kind !== 'size' || kept[place] === false) return
    const end = Math.ceil(operation.size / SECTOR_BYTES)
    kept[place] = pending.every(
      (other, at) =>
        other.operation.kind !== 'data' ||
        other.operation.node !== operation.node ||
        other.operation.at >= end ||
        kept[at] === true,
    )
  })
}
