import { tempDirectory } from '../../support/temp.js'
import { runHere } from './environment.js'
import { document, type Ended, type RunOptions } from './holdfast.js'

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

/** A store with the versions 1.0.0, 1.0.1, 1.1.0 and 2.0.0 of one prompt, and one whose id has an @. */
export async function filled(): Promise<string> {
  const dir = await tempDirectory()
  for (const version of ['1.0.0', '1.0.1', '1.1.0', '2.0.0'])
    await runHere(['save', '--dir', dir], { input: document('Greeting', version, version) })
  await runHere(['save', '--dir', dir], { input: document('mail@home', '1.0.0', 'mail') })
  return dir
}
