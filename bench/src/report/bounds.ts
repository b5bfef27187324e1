import type { ScenarioName } from '../plan/scenarios.js'
import { SUBJECT_PLANS, type SubjectName } from '../plan/subjects.js'
import type { Record } from '../record.js'
import { duration } from './format.js'
import { find, medianPerSecond } from './summary.js'
import type { Target } from './targets.js'

/** The longest mean times of one operation, in ms, with each disk and on any machine: docs/benchmarks.md names them. */
const BOUNDS_MS: readonly (readonly [title: string, ScenarioName, ms: number])[] = [
  ['durable save', 'save-1', 20],
  ['delete', 'delete-1', 10],
  ['get from the disk', 'get-hot', 10],
  ['get from the cache', 'get-cached', 0.1],
  ['list of 50 versions', 'list-50', 50],
  ['latest version', 'latest', 5],
]
const SUBJECTS_BOUND: readonly SubjectName[] = ['storage-native', 'storage-portable']
const MS_PER_SECOND = 1000
const US_PER_MS = 1000

/** Unlike targets, which compare, these are limits: a run that is above one of them fails. */
export function boundsOf({ results }: Record): readonly Target[] {
  return BOUNDS_MS.flatMap(([title, name, value]) =>
    SUBJECTS_BOUND.map((subject): Target => {
      const result = find(results, name, subject)
      return {
        title: `${title}, ${SUBJECT_PLANS[subject].label}`,
        reached: result === undefined ? undefined : MS_PER_SECOND / medianPerSecond(result),
        bound: 'at most',
        value,
        show: (ms) => duration(ms * US_PER_MS),
      }
    }),
  )
}
