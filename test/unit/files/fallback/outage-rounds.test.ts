import { describe, expect, it } from 'vitest'
import { outageRounds } from './outage-rounds.js'

/** 20 for the whole proof; a few each time. */
const ROUNDS = Number(process.env['HOLDFAST_OUTAGE_ROUNDS'] ?? 4)
const SEED = Number(process.env['HOLDFAST_OUTAGE_SEED'] ?? 20261121)

describe('a cloud that is killed and started again under traffic', () => {
  it.each(['s3', 'gcs'] as const)(
    'loses nothing and resurrects nothing over %s',
    async (kind) => {
      const tally = await outageRounds(kind, ROUNDS, SEED)
      process.stdout.write(`${kind}, ${ROUNDS} kills: ${JSON.stringify(tally)}\n`)
      expect(tally.writes).toBeGreaterThan(ROUNDS)
      expect(tally.reads).toBeGreaterThan(ROUNDS)
      expect(tally.pendingMost).toBeGreaterThan(0)
    },
    180_000,
  )
})
