import type { CellResult } from '../../bench/src/cells/result.js'
import type { Quantiles, Sample } from '../../bench/src/plan/sample.js'
import type { ScenarioName } from '../../bench/src/plan/scenarios.js'
import type { SubjectName } from '../../bench/src/plan/subjects.js'
import type { Record } from '../../bench/src/record.js'

export function quantiles(p50: number): Quantiles {
  return { p50, p90: p50 * 2, p99: p50 * 3, p999: p50 * 4, max: p50 * 5 }
}

/** A second of this many operations in each round. */
export function cell(
  scenario: ScenarioName,
  subject: SubjectName,
  perSecond: readonly number[],
  more: Partial<Sample> = {},
): CellResult {
  return {
    scenario,
    subject,
    settings: `settings of ${subject}`,
    samples: perSecond.map((operations) => ({ operations, elapsedMs: 1000, ...more })),
    closeMs: 1,
    peakRssBytes: 80 * 1024 ** 2,
  }
}

export function recordOf(results: readonly CellResult[], more: Partial<Record> = {}): Record {
  return {
    machine: {
      at: '2026-01-02T03:04:05.678Z',
      minutes: 12.3,
      quick: false,
      cpu: 'Some CPU',
      cpus: 2,
      memoryGib: 24,
      system: 'linux 6 x64',
      node: 'v20.19.0',
      fileSystem: 'ext4 (rw)',
      load: 0.1,
    },
    results,
    counts: [],
    notes: [],
    ...more,
  }
}
