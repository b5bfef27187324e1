import type { Ended, RunOptions } from './holdfast.js'
import { runHere } from './environment.js'

/**
 * As `holdfast` of holdfast.ts, in the process of the test: half a second less for each command. What belongs to a
 * process of its own (signals, terminals, warnings, variables of the addon, locks against others) needs that one.
 */
export async function holdfast(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { input = '', env: variables = {} } = options
  return await runHere(args, { input, variables })
}

/** As `holdfastJson` of holdfast.ts, in the process of the test. */
export async function holdfastJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly code: Ended['code']; readonly document: unknown }> {
  const { code, stdout, stderr } = await holdfast([...args, '--json'], options)
  if (stdout === '') throw new Error(`No document; standard error: ${stderr}`)
  return { code, document: JSON.parse(stdout) }
}
