import { argumentBehaviour } from './conformance/arguments.js'
import { copyingBehaviour } from './conformance/copying.js'
import { handlesBehaviour } from './conformance/handles.js'
import { iterationBehaviour } from './conformance/iteration.js'
import { batchBehaviour, retryingBehaviour, savingBehaviour } from './conformance/saving.js'
import { concurrencyBehaviour, lifecycleBehaviour } from './conformance/lifecycle.js'
import { listingBehaviour, readingBehaviour } from './conformance/reading.js'
import {
  labelledBehaviour,
  labellingBehaviour,
  publishingBehaviour,
  referenceBehaviour,
  registryTransactionBehaviour,
} from './conformance/registering.js'
import { removingBehaviour } from './conformance/removing.js'
import type { ConformanceRunner, ConformanceSubject } from './conformance/subject.js'
import { summaryBehaviour } from './conformance/summaries.js'
import { declared, supportBehaviour } from './conformance/supporting.js'
import { timeTravelBehaviour } from './conformance/time-travel.js'
import { transactionBehaviour } from './conformance/transactions.js'
import { labelWatchingBehaviour } from './conformance/label-watching.js'
import { watchingBehaviour } from './conformance/watching.js'

/**
 * Declares the tests that every version storage has to pass, with the test runner that is passed (vitest, node:test,
 * mocha: anything with `describe` and `it`): those of the six methods, and those of what the subject
 * says it supports. Failures are `AssertionError`s of node:assert.
 */
export function versionStorageConformance(
  subject: ConformanceSubject,
  runner: ConformanceRunner,
): void {
  const suite = declared(subject, runner)
  suite.describe(`${subject.name} as a version storage`, () => {
    supportBehaviour(subject, suite)
    savingBehaviour(subject, suite)
    readingBehaviour(subject, suite)
    listingBehaviour(subject, suite)
    removingBehaviour(subject, suite)
    argumentBehaviour(subject, suite)
    batchBehaviour(subject, suite)
    concurrencyBehaviour(subject, suite)
    retryingBehaviour(subject, suite)
    watchingBehaviour(subject, suite)
    labelWatchingBehaviour(subject, suite)
    transactionBehaviour(subject, suite)
    summaryBehaviour(subject, suite)
    iterationBehaviour(subject, suite)
    timeTravelBehaviour(subject, suite)
    copyingBehaviour(subject, suite)
    handlesBehaviour(subject, suite)
    lifecycleBehaviour(subject, suite)
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
  const suite = declared(subject, runner)
  suite.describe(`a registry over ${subject.name}`, () => {
    publishingBehaviour(subject, suite)
    referenceBehaviour(subject, suite)
    labellingBehaviour(subject, suite)
    labelledBehaviour(subject, suite)
    registryTransactionBehaviour(subject, suite)
  })
}
