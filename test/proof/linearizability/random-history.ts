import fc from 'fast-check'
import type { Entry, Item, PromptOperation } from './prompt-model.mjs'

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0'] as const
const DIGESTS = ['a', 'b', 'c'] as const
/** Times are few, so that many operations meet. */
const TIME_MAX = 12

const version = fc.constantFrom(...VERSIONS)
const digest = fc.constantFrom(...DIGESTS)
const entry: fc.Arbitrary<Entry> = fc.tuple(version, digest)
const items: fc.Arbitrary<Item[]> = fc.uniqueArray(fc.record({ version, digest }), {
  minLength: 1,
  maxLength: 2,
  selector: (item) => item.version,
})
const times = fc
  .tuple(fc.nat(TIME_MAX), fc.nat(TIME_MAX))
  .map(([one, other]) => ({ call: Math.min(one, other), ret: Math.max(one, other) }))

/** Any answer at all: nearly all of these histories are impossible. */
const operation: fc.Arbitrary<PromptOperation> = times.chain(({ call, ret }) => {
  const base = { call: fc.constant(call), ret: fc.constant(ret) }
  const killed = { call: fc.constant(call) }
  const sorted = <Value extends string | Entry>(
    list: fc.Arbitrary<Value[]>,
  ): fc.Arbitrary<Value[]> =>
    list.map((values) => values.toSorted((left, right) => (String(left) < String(right) ? -1 : 1)))
  return fc.oneof(
    fc.record({
      ...base,
      kind: fc.constant('save' as const),
      items,
      outcome: fc.constantFrom('done' as const, 'done' as const, 'taken' as const),
    }),
    fc.record({ ...killed, kind: fc.constant('save' as const), items }),
    fc.record({
      ...base,
      kind: fc.constant('delete' as const),
      version,
      outcome: fc.constantFrom('done' as const, 'absent' as const),
    }),
    fc.record({ ...killed, kind: fc.constant('delete' as const), version }),
    fc.record({
      ...base,
      kind: fc.constant('get' as const),
      version,
      answer: fc.option(digest),
    }),
    fc.record({
      ...base,
      kind: fc.constant('names' as const),
      answer: sorted(fc.uniqueArray(version, { maxLength: 2 })),
    }),
    fc.record({
      ...base,
      kind: fc.constant('latestName' as const),
      answer: fc.option(version),
    }),
    fc.record({ ...base, kind: fc.constant('latest' as const), answer: fc.option(entry) }),
    fc.record({
      ...base,
      kind: fc.constant('documents' as const),
      answer: sorted(fc.uniqueArray(entry, { maxLength: 2, selector: ([name]) => name })),
    }),
  )
})

/** Histories of whatever answers: few of them possible. */
export const anyHistory: fc.Arbitrary<PromptOperation[]> = fc.array(operation, {
  minLength: 1,
  maxLength: 5,
})

/**
 * Histories that happened: each operation takes effect at a moment of its own between call and return, and answers what
 * is there at that moment; what a killed process began takes effect or not.
 */
export const possibleHistory: fc.Arbitrary<PromptOperation[]> = fc
  .array(fc.tuple(operation, fc.nat(1000), fc.boolean()), { minLength: 1, maxLength: 6 })
  .map((given) => {
    const placed = given.map(([operation, share, happens]) => {
      const end = operation.ret ?? TIME_MAX
      const moment = operation.call + ((end - operation.call) * share) / 1000
      return { operation, moment, happens: happens || operation.ret !== undefined }
    })
    const present = new Map<string, string>()
    const answered = placed
      .toSorted((left, right) => left.moment - right.moment)
      .map(({ operation, happens }) => (happens ? perform(operation, present) : operation))
    return answered
  })

function perform(operation: PromptOperation, present: Map<string, string>): PromptOperation {
  const documents = [...present].sort(([left], [right]) => (left < right ? -1 : 1))
  switch (operation.kind) {
    case 'save': {
      const taken = operation.items.some((item) => present.has(item.version))
      if (!taken) for (const item of operation.items) present.set(item.version, item.digest)
      return operation.ret === undefined
        ? operation
        : { ...operation, outcome: taken ? 'taken' : 'done' }
    }
    case 'delete': {
      const outcome = present.delete(operation.version) ? 'done' : 'absent'
      return operation.ret === undefined ? operation : { ...operation, outcome }
    }
    case 'get':
      return { ...operation, answer: present.get(operation.version) ?? null }
    case 'names':
      return { ...operation, answer: documents.map(([name]) => name) }
    case 'latestName':
      return { ...operation, answer: documents.at(-1)?.[0] ?? null }
    case 'latest':
      return { ...operation, answer: documents.at(-1) ?? null }
    case 'documents':
      return { ...operation, answer: documents }
  }
}
