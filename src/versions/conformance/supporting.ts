import assert from 'node:assert/strict'
import { CAPABILITY_MEMBERS, SUPPORTS_ALL, supports, type Capability } from '../supports.js'
import {
  supportsAll,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'

/** The runner without the tests that need what a subject does not support, and without what is empty then. */
export function declared(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): ConformanceRunner {
  let found: (() => void)[] = []
  let depth = 0
  return {
    it: (title, body) => {
      const { needs = [] } = body as TestBody
      if (supportsAll(subject, needs)) found.push(() => it(title, body))
    },
    describe: (title, body) => {
      const around = found
      found = []
      depth++
      body()
      depth--
      const inside = found
      found = around
      if (inside.length === 0) return
      const declare = (): unknown => describe(title, () => inside.forEach((each) => each()))
      if (depth > 0) found.push(declare)
      else declare()
    },
  }
}

/** The test of what a storage says of itself. */
export function supportBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'says what it supports, and has the members of that',
    withStorage(subject, async (storage) => {
      const expected = subject.supports ?? SUPPORTS_ALL
      for (const capability of Object.keys(CAPABILITY_MEMBERS) as Capability[]) {
        assert.equal(supports(storage, capability), expected[capability] === true, capability)
        if (expected[capability] !== true) continue
        for (const member of CAPABILITY_MEMBERS[capability])
          assert.notEqual(Reflect.get(storage, member), undefined, `${capability}: ${member}`)
      }
      await Promise.resolve()
    }),
  )
}
