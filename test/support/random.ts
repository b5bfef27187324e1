import fc from 'fast-check'

/**
 * Parameters for property tests: the seed is new in every run and printed, `HOLDFAST_TEST_SEED` repeats one.
 */
export function seeded(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  return { seed: SEED, numRuns }
}

export const SEED: number = Number(
  process.env['HOLDFAST_TEST_SEED'] ?? (Date.now() ^ (process.pid << 8)) & 0x7fff_ffff,
)

console.log(`seed ${SEED}`)

/** Byte arrays of up to `maxLength` bytes. */
export const bytesUpTo = (maxLength: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ maxLength })
