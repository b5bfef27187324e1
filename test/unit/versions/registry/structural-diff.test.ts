import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/document/json.js'
import type { PatchOperation } from '../../../../src/versions/registry/diff.js'
import { structuralDifference } from '../../../../src/versions/registry/structural-diff.js'
import { seeded } from '../../../support/random.js'
import { cpuTimer } from '../../../support/cpu-time.js'

/** Applies a JSON Patch by the letter of RFC 6902. */
function apply(document: JsonValue, patch: readonly PatchOperation[]): unknown {
  const root = { document: structuredClone(document) as unknown }
  for (const operation of patch) {
    if (operation.op === 'remove') take(root, operation.path)
    else if (operation.op === 'move') put(root, operation.path, take(root, operation.from))
    else {
      if (operation.op === 'replace') take(root, operation.path)
      put(root, operation.path, structuredClone(operation.value))
    }
  }
  return root.document
}

type Holder = Record<string, unknown> | unknown[]

function place(root: { document: unknown }, pointer: string): readonly [Holder, string] {
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  let holder: Holder = root
  steps[0] = 'document'
  for (const step of steps.slice(0, -1)) {
    expect(Object.hasOwn(holder, step), pointer).toBe(true)
    holder = Reflect.get(holder, step) as Holder
  }
  return [holder, steps.at(-1) ?? '']
}

function take(root: { document: unknown }, pointer: string): unknown {
  const [holder, step] = place(root, pointer)
  expect(Object.hasOwn(holder, step), pointer).toBe(true)
  if (Array.isArray(holder)) return holder.splice(Number(step), 1)[0] as unknown
  const value = holder[step]
  delete holder[step]
  return value
}

function put(root: { document: unknown }, pointer: string, value: unknown): void {
  const [holder, step] = place(root, pointer)
  if (Array.isArray(holder)) {
    expect(Number(step)).toBeLessThanOrEqual(holder.length)
    holder.splice(Number(step), 0, value)
  } else
    Object.defineProperty(holder, step, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}

const name = fc.constantFrom(
  'a',
  'b',
  '__proto__',
  '_t',
  'constructor',
  'toString',
  'a/b',
  '~',
  '',
  '.',
  '0',
)
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 0, 1, '', 'a', 'a'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    fc.record({ role: fc.constantFrom('user', 'system'), content: tie('value') }),
    fc.uniqueArray(fc.record({ id: fc.constantFrom('x', 'y', 'z'), v: tie('value') }), {
      selector: ({ id }) => id,
    }),
  ),
}))
const document = value.map((one) => JSON.parse(JSON.stringify(one)) as JsonValue)

describe('structuralDifference', () => {
  it('has a patch that leads from one document to the other', async () => {
    await fc.assert(
      fc.asyncProperty(document, document, async (before, after) => {
        const { delta, patch } = await structuralDifference(before, after)
        const same = JSON.stringify(before) === JSON.stringify(after)
        if (same) expect(delta).toBeUndefined()
        expect(apply(before, patch)).toEqual(after)
      }),
      seeded(500),
    )
  })

  it('finds nothing between equal documents, whatever the order of their fields', async () => {
    const turned = (one: JsonValue): JsonValue => {
      if (typeof one !== 'object' || one === null) return one
      if (Array.isArray(one)) return one.map(turned)
      return Object.fromEntries(
        Object.entries(one)
          .toReversed()
          .map(([key, item]) => [key, turned(item)]),
      )
    }
    await fc.assert(
      fc.asyncProperty(document, async (one) => {
        expect(await structuralDifference(one, turned(one))).toMatchObject({
          delta: undefined,
          patch: [],
        })
      }),
      seeded(300),
    )
  })

  it('replaces long arrays as wholes', async () => {
    const long = Array.from({ length: 20_000 }, (_, at) => ({ at }))
    const elapsed = cpuTimer()
    const { patch } = await structuralDifference({ long }, { long: long.slice(1) })
    expect(patch).toEqual([{ op: 'replace', path: '/long', value: long.slice(1) }])
    expect(elapsed()).toBeLessThan(5000)
  })
})
