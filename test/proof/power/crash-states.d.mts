import type { DeviceEvent, Window } from './device-log.mjs'

export interface Piece {
  readonly event: number
  readonly from: number
  readonly to: number
}

export interface CrashState {
  readonly window: Window
  readonly cut: number
  readonly way: string
  readonly sector: number
  readonly pieces: readonly Piece[]
}

/** What Random of test/proof/crash offers. */
export interface Chance {
  integer(min: number, max: number): number
  chance(probability: number): boolean
  pick<Item>(list: readonly Item[]): Item
  weighted(weights: Readonly<Record<string, number>>): string
}

export declare function chooseStates(
  events: readonly DeviceEvent[],
  count: number,
  random: Chance,
): CrashState[]
