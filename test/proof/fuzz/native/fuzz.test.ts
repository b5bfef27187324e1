import { expect, test } from 'vitest'
import { SEED } from '../../../support/random.js'
import { findCompiler, fuzzNative } from './fuzz.mjs'

const SECONDS = Number(process.env['HOLDFAST_FUZZ_SECONDS'] ?? 12)
const LONG_MS = 300_000

const compiler = findCompiler()
if (compiler === undefined)
  console.error('No clang with libFuzzer is here: the decoders of the addon are not fuzzed')

test.skipIf(compiler === undefined)(
  'no bytes make the decoders of the addon overrun, leak, hang or accept what says another thing',
  () => {
    const { status, output } = fuzzNative({
      compiler: compiler ?? '',
      seconds: SECONDS,
      seed: SEED,
    })
    expect(output).toMatch(/number_of_executed_units: [1-9]\d{3}/)
    expect(status, output.slice(-4000)).toBe(0)
  },
  LONG_MS,
)
