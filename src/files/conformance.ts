import type { ConformanceRunner, FileBackendSubject } from './conformance/subject.js'
import { backendClosing, backendRetrying } from './conformance/calls.js'
import { backendConditions } from './conformance/conditions.js'
import { backendKeys, backendListing } from './conformance/keys.js'
import { backendStoring } from './conformance/storing.js'
import { backendVersions } from './conformance/versions.js'

/**
 * Declares the tests that every file backend has to pass, with the given test runner (vitest, node:test, mocha:
 * anything with `describe` and `it`). Failures are `AssertionError`s of node:assert.
 */
export function fileBackendConformance(
  subject: FileBackendSubject,
  runner: ConformanceRunner,
): void {
  runner.describe(`${subject.name} as a file backend`, () => {
    backendStoring(subject, runner)
    backendConditions(subject, runner)
    backendListing(subject, runner)
    backendKeys(subject, runner)
    backendVersions(subject, runner)
    backendRetrying(subject, runner)
    backendClosing(subject, runner)
  })
}
