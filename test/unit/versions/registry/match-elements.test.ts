import { describe, expect, it } from 'vitest'
import {
  ARRAY_PRODUCT_MAX,
  matchElements,
} from '../../../../src/versions/registry/match-elements.js'
import { cpuTimer } from '../../../support/cpu-time.js'

type Element = Record<string, unknown>

/** For each element of the second array, the index of the one in the first that it was; -1 for a new one. */
async function origins(one: Element[], other: Element[]): Promise<number[]> {
  const identities = await matchElements(one, other)
  return other.map((element) =>
    one.findIndex(
      (each) =>
        each === element ||
        (identities.has(each) && identities.get(each) === identities.get(element)),
    ),
  )
}

const user = (text: string): Element => ({ '.role': 'user', '.content': text })
const system = (text: string): Element => ({ '.role': 'system', '.content': text })

describe('matchElements', () => {
  it('finds equal elements where they are and where they were moved to', async () => {
    expect(await origins([user('a'), user('b')], [user('a'), user('b')])).toEqual([0, 1])
    expect(
      await origins([user('a'), user('b'), system('c')], [system('c'), user('a'), user('b')]),
    ).toEqual([2, 0, 1])
    expect(await origins([user('a'), user('a')], [user('a')])).toEqual([0])
  })

  it('finds changed ones between them if the role is the same', async () => {
    expect(await origins([system('s'), user('a')], [system('s'), user('b')])).toEqual([0, 1])
    expect(await origins([system('s'), user('a')], [user('b')])).toEqual([1])
    expect(await origins([user('a')], [system('a')])).toEqual([-1])
    expect(await origins([user('a'), user('x')], [user('b'), user('c'), user('x')])).toEqual([
      0, -1, 1,
    ])
  })

  it('goes by ids where each element has one', async () => {
    const at = (id: string, text: string): Element => ({ '.id': id, '.text': text })
    expect(await origins([at('a', '1'), at('b', '2')], [at('b', '3'), at('c', '1')])).toEqual([
      1, -1,
    ])
  })

  it('makes equal values one object, at every depth', async () => {
    const one = { '.a': { '.list': [user('a'), { '.b': [1] }] }, '.c': [1] }
    const other = { '.a': { '.list': [{ '.b': [1] }, user('b')] }, '.c': [1] }
    const identities = await matchElements(one, other)
    expect(other['.c']).toBe(one['.c'])
    expect(other['.a']['.list'][0]).toBe(one['.a']['.list'][1])
    expect(identities.get(other['.a']['.list'][1] as object)).toBe(
      identities.get(one['.a']['.list'][0] as object),
    )
  })

  it('leaves long arrays alone', async () => {
    const long = Array.from({ length: Math.sqrt(ARRAY_PRODUCT_MAX) + 1 }, (_, at) =>
      user(String(at)),
    )
    const elapsed = cpuTimer()
    expect((await matchElements(long, structuredClone(long).slice(1))).size).toBe(0)
    expect((await matchElements({ '.a': long }, { '.a': [...long, 1] })).size).toBe(0)
    expect(elapsed()).toBeLessThan(5000)
  })
})
