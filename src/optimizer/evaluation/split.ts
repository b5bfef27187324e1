import { hash } from 'node:crypto'
import { canonicalJson } from '../../document/checksum.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { Case } from './case.js'

/** The three sets: a search learns from the first, chooses by the second and never sees the third. */
export interface Split {
  readonly train: readonly Case[]
  readonly validation: readonly Case[]
  readonly held_out: readonly Case[]
}

/** Shares of the three sets; each is more than 0, and their sum is 1. */
export interface SplitShares {
  readonly train: number
  readonly validation: number
  readonly held_out: number
}

const SHARES: SplitShares = { train: 0.35, validation: 0.3, held_out: 0.35 }

/**
 * Splits cases by a hash of their inputs and the seed. A case is in the same set whatever other cases there are, and
 * cases with the same inputs are in one set, so that none is both learned from and held out.
 *
 * @throws TypeError for shares that do not add up to 1
 */
export function splitCases(
  cases: readonly Case[],
  seed: string | number = 0,
  shares: SplitShares = SHARES,
): Split {
  const { train, validation, held_out } = shares
  const isWhole = Math.abs(train + validation + held_out - 1) < 1e-9
  if (!isWhole || [train, validation, held_out].some((share) => !(share > 0)))
    throw wrongArgument(
      `Argument "shares" must be three numbers above 0 whose sum is 1, got ${shown(shares)}`,
    )
  const placed = cases.map((each) => ({ each, at: placeOf(each, seed) }))
  const between = (from: number, to: number): Case[] =>
    placed.filter(({ at }) => at >= from && at < to).map(({ each }) => each)
  return {
    train: between(0, train),
    validation: between(train, train + validation),
    held_out: between(train + validation, 2),
  }
}

/** From 0 to below 1. */
function placeOf({ inputs }: Case, seed: string | number): number {
  const digest = hash('sha256', canonicalJson([seed, inputs]), 'buffer')
  return digest.readUIntBE(0, 6) / 2 ** 48
}
