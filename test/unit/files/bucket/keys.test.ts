import { describe, expect, it } from 'vitest'
import {
  addCloudKeys,
  checkNotOwn,
  KEYS_OBJECT,
  readCloudKeys,
  type CloudKeysParts,
} from '../../../../src/files/bucket/keys.js'
import { STORE_MARKS } from '../../../../src/files/bucket/metadata.js'
import { Keyring, type KeyRecord } from '../../../../src/files/pipeline/keys.js'
import { ConditionalChange } from '../../../../src/objects/conditional-change.js'
import { quickPolicy, serveGcs, serveS3, writeText, type Served } from '../../objects/services.js'

const NAME = `prefix/${KEYS_OBJECT}`

function partsOf({ service }: Served): CloudKeysParts {
  const policy = quickPolicy(0)
  return {
    service,
    policy,
    change: new ConditionalChange(service, policy, STORE_MARKS),
    name: NAME,
  }
}

async function record(sealed = false): Promise<KeyRecord> {
  return await new Keyring('k', new Map([['k', Buffer.alloc(32, 1)]])).newRecord('k', sealed)
}

describe.each<[string, () => Promise<Served>]>([
  ['S3', serveS3],
  ['Google Cloud Storage', serveGcs],
])('the records of keys in a bucket of %s', (_, serve) => {
  it('are none at first, and then those that were added', async () => {
    const parts = partsOf(await serve())
    expect(await readCloudKeys(parts)).toEqual(new Map())
    const [one, two] = [await record(), await record()]
    expect(await addCloudKeys(parts, new Map([['one', one]]))).toEqual(new Map([['one', one]]))
    await addCloudKeys(parts, new Map([['two', two]]))
    expect(await readCloudKeys(parts)).toEqual(new Map(Object.entries({ one, two })))
  })

  it('are those of all that add at once, and of two for one id the first', async () => {
    const served = await serve()
    const records = await Promise.all([1, 2, 3, 4].map(async () => await record()))
    const results = await Promise.all(
      records.map(async (added, at) =>
        addCloudKeys(
          partsOf(served),
          new Map(Object.entries({ shared: added, [`k${at}`]: added })),
        ),
      ),
    )
    const kept = await readCloudKeys(partsOf(served))
    expect([...kept.keys()].sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'shared'])
    for (const result of results) expect(result.get('shared')).toEqual(kept.get('shared'))
  })

  it('may be sealed later, and are never unsealed', async () => {
    const parts = partsOf(await serve())
    const [open, sealed] = [await record(), await record(true)]
    await addCloudKeys(parts, new Map([['k', open]]))
    expect((await addCloudKeys(parts, new Map([['k', sealed]]))).get('k')).toEqual(sealed)
    expect((await addCloudKeys(parts, new Map([['k', open]]))).get('k')).toEqual(sealed)
  })

  it.each([
    ['that is not JSON', '{"k":'],
    ['that holds something else', '["k"]'],
    ['that is too long', ' '.repeat(64 * 1024 + 1)],
  ])('are refused in an object %s, which is left as it is', async (__, text) => {
    const served = await serve()
    await writeText(served.service, NAME, text)
    const damaged = { code: 'FS-FORMAT-001', context: { name: NAME, reason: 'keys' } }
    await expect(readCloudKeys(partsOf(served))).rejects.toMatchObject(damaged)
    const adding = addCloudKeys(partsOf(served), new Map([['k', await record()]]))
    await expect(adding).rejects.toMatchObject(damaged)
  })
})

it('no file has the name of the object with the keys', () => {
  expect(() => checkNotOwn(KEYS_OBJECT)).toThrow(TypeError)
  expect(() => checkNotOwn(`dir/${KEYS_OBJECT}`)).not.toThrow()
})
