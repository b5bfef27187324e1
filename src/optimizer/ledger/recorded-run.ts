import { shown } from '../../base/options.js'
import { canonicalJson } from '../../document/checksum.js'
import type { JsonObject } from '../../document/json.js'
import { ExperimentError } from '../experiment-error.js'
import type { LedgerRequest } from './ledger-options.js'
import type { LedgerState } from './ledger-state.js'

/**
 * A run is continued, and replayed, with the settings that it began with.
 * @throws ExperimentError OPT-LEDGER-001 that names the first other one, OPT-REPLAY-001 when there is nothing to replay
 */
export function checkSettings(
  run: string,
  { sessions }: LedgerState,
  settings: JsonObject,
  mode: 'record' | 'replay',
): void {
  const [first] = sessions
  if (first === undefined && mode === 'record') return
  if (first === undefined)
    throw new ExperimentError('OPT-REPLAY-001', `There is no run ${shown(run)} to replay`, {
      context: { run },
    })
  const names = new Set([...Object.keys(first.settings), ...Object.keys(settings)])
  for (const name of names) {
    const [recorded, given] = [first.settings[name], settings[name]]
    if (canonicalJson(recorded ?? null) === canonicalJson(given ?? null)) continue
    throw new ExperimentError(
      'OPT-LEDGER-001',
      `The run ${shown(run)} began with another "${name}": ${shown(recorded)}, and not ${shown(given)}`,
      { context: { run, field: name } },
    )
  }
}

/** The error of a replay that makes a request without an entry. */
export function unrecorded(
  run: string,
  { kind, repeat, attempt }: LedgerRequest,
  key: string,
): ExperimentError {
  return new ExperimentError(
    'OPT-REPLAY-001',
    `The run ${shown(run)} has no entry for a request of the replay: kind "${kind}", repeat ${repeat ?? 0}, attempt ${attempt ?? 0}, key ${key}`,
    { context: { run, kind, repeat, attempt, key } },
  )
}
