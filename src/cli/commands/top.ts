import type { Command } from 'commander'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import { checkInterval, every, INTERVAL_MS, waitUnless } from '../every.js'
import { CliError } from '../errors.js'
import { diskChoice, storageDirectory } from '../open-store.js'
import { quitKeys } from '../quit-keys.js'
import type { Session } from '../session.js'
import { topFrame, topLine } from '../top-frame.js'
import { TopSampler, type TopSample } from '../top-samples.js'

const CLEAR = '\u001b[2J'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'
const SAMPLES_MAX = 100

const EXAMPLES = `
On a terminal, it is drawn in place until q or Ctrl-C; elsewhere, each look is a
line. It is opened for reading only, beside the processes that have it open.
"commits" are the batches of all processes; "read" is how long this process took
to read documents from their files.

Examples:
  $ holdfast top --dir prompts
  $ holdfast top --dir prompts --once --json`

interface TopOptions {
  readonly intervalMs: number
  readonly once?: boolean
  readonly ndjson?: boolean
}

export function addTopCommand(program: Command, session: Session): void {
  program
    .command('top')
    .description('show throughput, latency, hit rate, journal and space of a store as they change')
    .option('--interval-ms <ms>', 'the time between two looks', parseInteger, INTERVAL_MS)
    .option('--once', 'look once, over one interval, and exit')
    .addOption(ndjsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options: TopOptions) => {
      checkInterval(options.intervalMs)
      checkForm(session.output.json, { ndjson: options.ndjson })
      if (session.output.json && options.once !== true)
        throw new CliError('CLI-USAGE-001', '--json needs --once; --ndjson prints a line each time')
      const { environment } = session
      const directory = await storageDirectory(environment, session.options, 'top')
      const opening = TopSampler.open(directory, diskChoice(environment, session.options))
      await session.using(opening, async (sampler) => await show(session, sampler, options))
    })
}

async function show(session: Session, sampler: TopSampler, options: TopOptions): Promise<void> {
  const keys = quitKeys(session.environment)
  try {
    if (options.once === true) return await showOnce(session, sampler, options, keys.signal)
    const samples: TopSample[] = []
    const signals = [session.environment.signal, keys.signal]
    const isDrawn = session.environment.stdout.isTTY && options.ndjson !== true
    if (isDrawn) await session.output.data(CLEAR)
    await every(options.intervalMs, signals, async () => {
      samples.push(await sampler.sample())
      if (samples.length > SAMPLES_MAX) samples.shift()
      await draw(session, samples, isDrawn, options)
    })
  } finally {
    keys.close()
  }
}

/** Rates need two looks. */
async function showOnce(
  { environment, output }: Session,
  sampler: TopSampler,
  { intervalMs, ndjson = false }: TopOptions,
  quit: AbortSignal,
): Promise<void> {
  await sampler.sample()
  await waitUnless(AbortSignal.any([environment.signal, quit]), intervalMs)
  const sample = await sampler.sample()
  if (output.json) return await output.document(sample)
  if (ndjson) return await output.lines([sample])
  for (const line of topFrame([sample])) await output.line(line)
}

async function draw(
  { output }: Session,
  samples: readonly TopSample[],
  isDrawn: boolean,
  { ndjson = false }: TopOptions,
): Promise<void> {
  const now = samples.at(-1)
  if (now === undefined) return
  if (ndjson) return await output.lines([now])
  if (!isDrawn) return await output.line(topLine(now))
  await output.data(HOME)
  for (const line of [...topFrame(samples), '', 'q ends']) {
    // What is drawn over a longer line must not leave its end.
    await output.data(CLEAR_LINE)
    await output.line(line)
  }
  await output.data(CLEAR_BELOW)
}
