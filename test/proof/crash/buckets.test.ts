import { describe, expect, it } from 'vitest'
import { BucketSource } from '../../../src/buckets/index.js'
import type { OpenBucket } from '../../../src/buckets/open-bucket.js'
import { ObjectFailure } from '../../../src/objects/failure.js'
import type { ObjectService } from '../../../src/objects/service.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import {
  gcsBucket,
  labelled,
  LIKE_CEPH,
  moveTo,
  s3Bucket,
  type TestBucket,
} from '../../unit/buckets/support.js'

const PROMPTS = ['p', 'q']
const IDS = ['p', 'q', 'r']

const CHANGING = new Set<string | symbol>(['write', 'remove', 'copy'])

/** What a process does when it is killed. */
interface Work {
  readonly name: string
  run(source: BucketSource): Promise<unknown>
}

/** One change has no answer; the process goes on. */
class Unanswered {
  changes = 0
  readonly #failAt: number
  readonly #isApplied: boolean

  constructor(failAt: number, isApplied: boolean) {
    this.#failAt = failAt
    this.#isApplied = isApplied
  }

  wrap(service: ObjectService): ObjectService {
    return new Proxy(service, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...given: readonly unknown[]) => {
          const fails = CHANGING.has(name) && ++this.changes === this.#failAt
          const result: unknown =
            fails && !this.#isApplied ? undefined : await Reflect.apply(method, target, given)
          if (fails) throw new ObjectFailure('unknown', 'The connection failed')
          return result
        }
      },
    })
  }
}

/** After the last of its changes, the process is dead: it never hears of the outcome, nor does anything else. */
class Mortal {
  changes = 0
  readonly #killAt: number
  readonly #isApplied: boolean

  constructor(killAt: number, isApplied: boolean) {
    this.#killAt = killAt
    this.#isApplied = isApplied
  }

  wrap(service: ObjectService): ObjectService {
    return new Proxy(service, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...given: readonly unknown[]) => {
          if (this.changes >= this.#killAt) return await never()
          const isLast = CHANGING.has(name) && ++this.changes === this.#killAt
          if (isLast && !this.#isApplied) return await never()
          const result: unknown = await Reflect.apply(method, target, given)
          return isLast ? await never() : result
        }
      },
    })
  }
}

async function never(): Promise<never> {
  return await new Promise<never>(() => undefined)
}

const WORKS: readonly Work[] = [
  {
    name: 'a version that is saved',
    run: async (source) => await source.insert([documentOf('r', '1.0.0')], []),
  },
  {
    name: 'a number that is saved again',
    run: async (source) => await source.insert([documentOf('p', '0.1.0', 'again')], []),
  },
  {
    name: 'versions of several prompts',
    run: async (source) => {
      await source.insert([documentOf('p', '2.0.0'), documentOf('q', '2.0.0')], [])
    },
  },
  {
    name: 'a version that is published',
    run: async (source) => {
      const head = labelled('production', '2.0.0')
      const moves = [moveTo('production', '1.0.0', '2.0.0')]
      const save = [documentOf('p', '2.0.0'), documentOf('p', '2.1.0')]
      await source.transact(
        ['p'],
        planOf(() => ({ save, head, moves })),
      )
    },
  },
  {
    name: 'versions that are deleted',
    run: async (source) => {
      await source.transact(
        ['p'],
        planOf(() => ({ delete: ['1.1.0', '1.2.0'] })),
      )
    },
  },
  {
    name: 'a transaction over several prompts',
    run: async (source) => {
      await source.transact(PROMPTS, async (views) => {
        const plans = views.map(async (view) => {
          const { promptId } = view
          return await planOf(() => ({
            save: [documentOf(promptId, '3.0.0')],
            delete: ['1.1.0'],
            head: labelled('production', '3.0.0'),
            moves: [moveTo('production', '1.0.0', '3.0.0')],
          }))([view])
        })
        return (await Promise.all(plans)).flat()
      })
    },
  },
]

const SERVICES: readonly [string, () => Promise<TestBucket>][] = [
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
]

describe.each(SERVICES)('a process that is killed after any of its requests on %s', (_, make) => {
  it.each(WORKS)('leaves all or nothing of $name, and blocks no others', async ({ run }) => {
    const bucket = await make()
    const whole = await prepared(bucket, 'whole/')
    const before = await shown(whole)
    const counting = new Mortal(Number.POSITIVE_INFINITY, true)
    const writer = await bucket.open({ cloudPrefix: 'whole/' }, (one) => counting.wrap(one))
    const opening = counting.changes
    await run(new BucketSource(writer))
    const after = await shown(whole)
    expect(after).not.toEqual(before)
    const states: string[] = []
    for (let at = 1; at <= counting.changes - opening; at++)
      for (const isApplied of [false, true]) {
        const cloudPrefix = `${at}-${isApplied}/`
        const place = { cloudPrefix, abandonedMs: 100 }
        const parts = await prepared(bucket, cloudPrefix)
        const mortal = new Mortal(opening + at, isApplied)
        const killed = await bucket.open(place, (one) => mortal.wrap(one))
        void run(new BucketSource(killed)).catch(() => undefined)
        await expect.poll(() => mortal.changes, { interval: 2 }).toBe(opening + at)
        if (isApplied) await settledRequests()
        states.push(await checkState(parts, { before, after }))
        await goOn(await bucket.open(place))
      }
    // The first request that counts is one of them.
    expect(new Set(states)).toEqual(new Set(['before', 'after']))
  })
})

describe.each(SERVICES)('a request without an answer on %s', (_, make) => {
  it.each(WORKS)('changes nothing of the outcome of $name', async ({ run }) => {
    const bucket = await make()
    const whole = await prepared(bucket, 'whole/')
    const counting = new Unanswered(Number.POSITIVE_INFINITY, true)
    const writer = await bucket.open({ cloudPrefix: 'whole/' }, (one) => counting.wrap(one))
    const opening = counting.changes
    await run(new BucketSource(writer))
    const after = await shown(whole)
    for (let at = 1; at <= counting.changes - opening; at++)
      for (const isApplied of [false, true]) {
        const cloudPrefix = `${at}-${isApplied}/`
        const parts = await prepared(bucket, cloudPrefix)
        const failing = new Unanswered(opening + at, isApplied)
        const one = await bucket.open({ cloudPrefix }, (service) => failing.wrap(service))
        await run(new BucketSource(one))
        expect(await shown(parts), `request ${at}`).toEqual(after)
      }
  })
})

describe.each(SERVICES)('clearing a store on %s', (_, make) => {
  /** Calls `check` for each request of a call that is interrupted, after which each prompt is whole or empty. */
  async function interrupted(
    bucket: TestBucket,
    interrupt: (
      place: { readonly cloudPrefix: string },
      at: number,
      isApplied: boolean,
    ) => Promise<unknown>,
  ): Promise<ReadonlySet<string>> {
    const whole = await prepared(bucket, 'whole/')
    const before = await shownByPrompt(whole)
    const counting = new Mortal(Number.POSITIVE_INFINITY, true)
    const writer = await bucket.open({ cloudPrefix: 'whole/' }, (one) => counting.wrap(one))
    const opening = counting.changes
    await new BucketSource(writer).clear()
    const after = await shownByPrompt(whole)
    const states = new Set<string>()
    for (let at = 1; at <= counting.changes - opening; at++)
      for (const isApplied of [false, true]) {
        const cloudPrefix = `${at}-${isApplied}/`
        const parts = await prepared(bucket, cloudPrefix)
        await interrupt({ cloudPrefix }, opening + at, isApplied)
        const now = await shownByPrompt(parts)
        for (const [id, prompt] of now)
          expect([before.get(id), after.get(id)], `${cloudPrefix}${id}`).toContainEqual(prompt)
        states.add([...now].map(([id, prompt]) => (prompt === after.get(id) ? '' : id)).join(''))
        await new BucketSource(await bucket.open({ cloudPrefix, create: false })).clear()
        expect(await shownByPrompt(parts), cloudPrefix).toEqual(after)
        const again = await bucket.open({ cloudPrefix, create: false })
        const known = await again.mark.knownSince()
        expect(await again.mark.knownSince()).toEqual(known)
        await goOn(again)
      }
    return states
  }

  it('leaves each prompt whole or empty when the process is killed after any request, and goes on when called again', async () => {
    const bucket = await make()
    const states = await interrupted(bucket, async ({ cloudPrefix }, killAt, isApplied) => {
      const mortal = new Mortal(killAt, isApplied)
      const killed = await bucket.open({ cloudPrefix }, (one) => mortal.wrap(one))
      void new BucketSource(killed).clear().catch(() => undefined)
      await expect.poll(() => mortal.changes, { interval: 2 }).toBe(killAt)
      await settledRequests()
    })
    // Killed before the first prompt, between the two, and after both.
    expect([...states].map((left) => left.length)).toEqual(expect.arrayContaining([2, 1, 0]))
  })

  it('leaves each prompt whole or empty when any request has no answer, and goes on when called again', async () => {
    const bucket = await make()
    await interrupted(bucket, async ({ cloudPrefix }, failAt, isApplied) => {
      const failing = new Unanswered(failAt, isApplied)
      const one = await bucket.open({ cloudPrefix }, (service) => failing.wrap(service))
      await new BucketSource(one).clear().catch((error: unknown) => {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^FS-(TIMEOUT|UNAVAILABLE)-001$/),
        })
      })
      expect(failing.changes).toBeGreaterThanOrEqual(failAt)
    })
  })
})

/** As `shown`, by prompt, as texts that can be compared. */
async function shownByPrompt(parts: OpenBucket): Promise<ReadonlyMap<string, string>> {
  const { prompts } = (await shown(parts)) as { readonly prompts: readonly (readonly unknown[])[] }
  return new Map(prompts.map((prompt) => [String(prompt[0]), JSON.stringify(prompt)]))
}

/** Two prompts with labels and deleted numbers. */
async function prepared(bucket: TestBucket, cloudPrefix: string): Promise<OpenBucket> {
  const parts = await bucket.open({ cloudPrefix, abandonedMs: 100 })
  const source = new BucketSource(parts)
  for (const id of PROMPTS) {
    const versions = ['0.1.0', '1.0.0', '1.1.0', '1.2.0']
    await source.insert(
      versions.map((version) => documentOf(id, version)),
      [],
    )
    await source.transact(
      [id],
      planOf(() => ({
        delete: ['0.1.0'],
        head: labelled('production', '1.0.0'),
        moves: [moveTo('production', null, '1.0.0')],
      })),
    )
  }
  return parts
}

/** All that readers see, without times. */
async function shown(parts: OpenBucket): Promise<unknown> {
  const source = new BucketSource(parts)
  const prompts = await Promise.all(
    IDS.map(async (id) => {
      const names = (await source.names(id)).toSorted()
      const documents = await source.get(id, names)
      const { versions, history } = await source.past(id)
      expect([...versions.keys()].toSorted()).toEqual(names)
      const entries = history.map((entry) =>
        'label' in entry ? entry : Object.keys('deleted' in entry ? entry.deleted : {}),
      )
      const texts = documents.map(({ version, bytes }) => [version, Buffer.from(bytes).toString()])
      return [id, names, texts, await source.head(id), entries]
    }),
  )
  return { ids: (await source.ids()).toSorted(), prompts }
}

async function checkState(
  parts: OpenBucket,
  { before, after }: { readonly before: unknown; readonly after: unknown },
): Promise<'before' | 'after'> {
  const now = await shown(parts)
  const isBefore = JSON.stringify(now) === JSON.stringify(before)
  if (!isBefore) expect(now).toEqual(after)
  return isBefore ? 'before' : 'after'
}

/** Others change all that was touched, and leave nothing under way. */
async function goOn(parts: OpenBucket): Promise<void> {
  const source = new BucketSource(parts)
  await source.transact(IDS, async (views) => {
    const plans = views.map(async (view) => {
      const { promptId } = view
      const save = ['0.1.0', '2.0.0', '3.0.0', '9.0.0']
        .filter((version) => !view.versions.includes(version))
        .map((version) => documentOf(promptId, version, 'later'))
      return await planOf(() => ({ save, head: labelled('next', '9.0.0') }))([view])
    })
    return (await Promise.all(plans)).flat()
  })
  for (const id of IDS) {
    expect(await source.names(id)).toEqual(
      expect.arrayContaining(['0.1.0', '2.0.0', '3.0.0', '9.0.0']),
    )
    expect(await source.get(id, await source.names(id))).toHaveLength(
      (await source.names(id)).length,
    )
    expect((await parts.heads.read(id)).state.prepared).toBeUndefined()
  }
}

/** Until the request that was sent last has been carried out. */
async function settledRequests(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}
