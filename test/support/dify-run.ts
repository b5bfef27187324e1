import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DifyTarget } from '../../src/optimizer/run/run-config.js'
import { simulatedDify, type SimulatedDify } from './simulated-dify.js'
import { simulatedRun, type SimulatedModel, type SimulatedRun } from './simulated-run.js'

/** A run on the simulated Dify, and where its secrets are. */
export interface DifyRun {
  readonly bed: SimulatedDify
  readonly run: SimulatedRun
  readonly environment: { readonly KEY: string; readonly TOKEN: string; readonly CSRF: string }
}

/**
 * A run whose target is the simulated Dify; the simulated model rewrites. The answers of Dify follow a rule: they say
 * what the prompt that arrived has.
 */
export async function difyRun(model: SimulatedModel, world: string): Promise<DifyRun> {
  const run = await simulatedRun(model, world)
  const bed = await simulatedDify({ files: [run.workflow], model: { rule: 'features' } })
  const config = JSON.parse(await readFile(run.config, 'utf8')) as Record<string, unknown>
  const cases = (set: string, count: number): string =>
    Array.from(
      { length: count },
      (_, at) => `${JSON.stringify({ id: `${set}-${at}`, inputs: { text: `${set} ${at}` } })}\n`,
    ).join('')
  for (const [set, count] of Object.entries({ train: 3, validation: 3, held_out: 6 }))
    await writeFile(join(run.directory, `${set}.jsonl`), cases(set, count))
  await writeFile(
    run.config,
    JSON.stringify({
      ...config,
      prompts: undefined,
      target: targetOf(bed),
      evaluators: [{ type: 'contains', values: ['headings: yes', 'lists: yes'] }],
      budget: { calls: 160 },
    }),
  )
  const { app, addresses } = bed
  return {
    bed,
    run,
    environment: { KEY: app.key, TOKEN: addresses.token, CSRF: addresses.csrf },
  }
}

function targetOf({ addresses, app }: SimulatedDify): DifyTarget {
  return {
    type: 'dify',
    base_url: addresses.service,
    api_key: { env: 'KEY' },
    user: 'tester',
    console: {
      base_url: addresses.console,
      app_id: app.id,
      access_token: { env: 'TOKEN' },
      csrf_token: { env: 'CSRF' },
    },
    timeout_seconds: 60,
  }
}
