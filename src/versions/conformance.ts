import { argumentBehaviour } from './conformance/arguments.js'
import { copyingBehaviour } from './conformance/copying.js'
import { handlesBehaviour } from './conformance/handles.js'
import { iterationBehaviour } from './conformance/iteration.js'
import { batchBehaviour, retryingBehaviour, savingBehaviour } from './conformance/saving.js'
import { concurrencyBehaviour, lifecycleBehaviour } from './conformance/lifecycle.js'
import { listingBehaviour, readingBehaviour, removingBehaviour } from './conformance/reading.js'
import {
  labelledBehaviour,
  labellingBehaviour,
  publishingBehaviour,
  referenceBehaviour,
  registryTransactionBehaviour,
} from './conformance/registering.js'
import type { ConformanceRunner, ConformanceSubject } from './conformance/subject.js'
import { summaryBehaviour } from './conformance/summaries.js'
import { timeTravelBehaviour } from './conformance/time-travel.js'
import { transactionBehaviour } from './conformance/transactions.js'
import { labelWatchingBehaviour } from './conformance/label-watching.js'
import { watchingBehaviour } from './conformance/watching.js'

/**
 * Declares the tests that every version storage has to pass, with the test runner that is passed (vitest, node:test,
 * mocha: anything with `describe` and `it`). Failures are `AssertionError`s of node:assert.
 */
export function versionStorageConformance(
  subject: ConformanceSubject,
  runner: ConformanceRunner,
): void {
  runner.describe(`${subject.name} as a version storage`, () => {
    savingBehaviour(subject, runner)
    readingBehaviour(subject, runner)
    listingBehaviour(subject, runner)
    removingBehaviour(subject, runner)
    argumentBehaviour(subject, runner)
    batchBehaviour(subject, runner)
    concurrencyBehaviour(subject, runner)
    retryingBehaviour(subject, runner)
    watchingBehaviour(subject, runner)
    labelWatchingBehaviour(subject, runner)
    transactionBehaviour(subject, runner)
    summaryBehaviour(subject, runner)
    iterationBehaviour(subject, runner)
    timeTravelBehaviour(subject, runner)
    copyingBehaviour(subject, runner)
    handlesBehaviour(subject, runner)
    lifecycleBehaviour(subject, runner)
  })
}

/**
 * Declares the tests that a `PromptRegistry` has to pass over a storage that has transactions. Run it beside
 * `versionStorageConformance`, with the same subject.
 */
export function promptRegistryConformance(
  subject: ConformanceSubject,
  runner: ConformanceRunner,
): void {
  runner.describe(`a registry over ${subject.name}`, () => {
    publishingBehaviour(subject, runner)
    referenceBehaviour(subject, runner)
    labellingBehaviour(subject, runner)
    labelledBehaviour(subject, runner)
    registryTransactionBehaviour(subject, runner)
  })
}
