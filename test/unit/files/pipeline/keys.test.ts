import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import {
  hasKeyRecords,
  isSealed,
  Keyring,
  parseKeyRecords,
  sealed,
  withRecords,
  type KeyMaterial,
  type KeyRecord,
} from '../../../../src/files/pipeline/keys.js'

const MASTER = randomBytes(32)
const PHRASE = 'correct horse battery'
const ringOf = (material: KeyMaterial, id = 'k'): Keyring =>
  new Keyring(id, new Map([[id, material]]))
const wrongKey = { code: 'FS-CRYPT-001', context: { key_id: 'k', reason: 'wrong_key' } }

describe('a keyring', () => {
  it('takes no key that is none, and does not show it', () => {
    for (const material of [Buffer.alloc(31), 'short', '', 7 as never]) {
      expect(() => ringOf(material)).toThrow(/must be 32 bytes/)
      if (material === 'short') expect(() => ringOf(material)).not.toThrow(/short/)
    }
    expect(() => new Keyring('absent', new Map([['k', MASTER]]))).toThrow(TypeError)
  })

  it('derives the same keys of a file from the same key, however it is written', async () => {
    const encryption = await ringOf(MASTER).newEncryption(1024)
    const keys = await ringOf(MASTER).fileKeys(encryption)
    for (const same of [MASTER.toString('hex'), MASTER.toString('base64')])
      expect(await ringOf(same).fileKeys(encryption)).toEqual(keys)
    expect(ringOf(MASTER).knownFileKeys(encryption)).toEqual(keys)
    const [content, digest, document] = Object.values(keys).map((key) =>
      Buffer.from(key).toString(),
    )
    expect(new Set([content, digest, document]).size).toBe(3)
  })

  it('derives other keys for each store, each id and each key', async () => {
    const ring = new Keyring('a', new Map(Object.entries({ a: MASTER, b: MASTER })))
    const [one, two] = [await ring.newEncryption(1024), await ring.newEncryption(1024)]
    const contents = [
      await ring.fileKeys(one),
      await ring.fileKeys(two),
      await ring.fileKeys({ ...one, key_id: 'b' }),
      await ringOf(randomBytes(32), 'a').fileKeys(one),
    ].map(({ content }) => Buffer.from(content).toString('hex'))
    expect(new Set(contents).size).toBe(4)
  })

  it('does not know the keys of another id', async () => {
    const encryption = await ringOf(MASTER, 'other').newEncryption(1024)
    const ring = ringOf(MASTER)
    expect([ring.has('k'), ring.has('other'), ring.ids]).toEqual([true, false, ['k']])
    expect(ring.knownFileKeys(encryption)).toBeUndefined()
    await expect(ring.fileKeys(encryption)).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { key_id: 'other', reason: 'unknown_key' },
    })
  })

  it('adopts the record of its own key, and refuses that of another key or kind of key', async () => {
    const record = await ringOf(MASTER).newRecord('k', true)
    const ring = ringOf(MASTER)
    expect(ring.isSealed('k')).toBe(false)
    await ring.adopt('k', record)
    expect(ring.isSealed('k')).toBe(true)
    await expect(ringOf(randomBytes(32)).adopt('k', record)).rejects.toMatchObject(wrongKey)
    await expect(ringOf(PHRASE).adopt('k', record)).rejects.toMatchObject(wrongKey)
    const unsealed = { ...record, sealed: false }
    await expect(ringOf(MASTER).adopt('k', unsealed)).rejects.toMatchObject(wrongKey)
  })

  it('derives a passphrase as the record of the store says, also for new files', async () => {
    const record = await ringOf(PHRASE).newRecord('k', false)
    const ring = ringOf(PHRASE)
    await ring.adopt('k', record)
    const encryption = await ring.newEncryption(1024)
    expect(encryption.kdf).toEqual(record.kdf)
    expect(await ring.fileKeys(encryption)).toEqual(ring.knownFileKeys(encryption))
    await expect(ringOf(`${PHRASE}!`).adopt('k', record)).rejects.toMatchObject(wrongKey)
  })
})

describe('the seal of a document', () => {
  it('breaks with any change of the document, and with another key', async () => {
    const ring = ringOf(MASTER)
    const encryption = await ring.newEncryption(1024)
    const keys = await ring.fileKeys(encryption)
    const plain = documentOf('a', Buffer.from('x'), { encryption, metadata: { n: [1, { a: 2 }] } })
    const document = sealed(plain, 7, keys)
    expect(document).toMatchObject({ format: 2, version: 7 })
    expect(isSealed(document, keys)).toBe(true)
    const reordered = { ...document, metadata: { ...document.metadata }, mac: document.mac }
    expect(isSealed(reordered, keys)).toBe(true)
    for (const changes of [
      { key: 'b' },
      { version: 8 },
      { metadata: { n: [1, { a: 3 }] } },
      { expires_at: '2030-01-01T00:00:00.000Z' },
      { encryption: { ...encryption, chunk_bytes: 2048 } },
      { mac: undefined },
      { mac: '' },
    ])
      expect(isSealed({ ...document, ...changes }, keys), JSON.stringify(changes)).toBe(false)
    const others = await ringOf(randomBytes(32)).fileKeys(encryption)
    expect(isSealed(document, others)).toBe(false)
  })
})

describe('records of keys', () => {
  const record: KeyRecord = {
    salt: MASTER.toString('base64'),
    check: MASTER.toString('base64'),
    sealed: false,
  }

  it('are parsed, and nothing else is', () => {
    expect(parseKeyRecords(undefined)).toEqual(new Map())
    expect(parseKeyRecords({ k: record })).toEqual(new Map([['k', record]]))
    for (const wrong of [
      null,
      [record],
      { '': record },
      { k: { ...record, salt: 'AA' } },
      { k: 1 },
    ])
      expect(parseKeyRecords(wrong)).toBeUndefined()
    expect(parseKeyRecords({ k: { ...record, more: 1 } })).toBeUndefined()
  })

  it('are added where there are none, and sealed, but never replaced or unsealed', () => {
    const [other, seal] = [
      { ...record, salt: 'other' },
      { ...record, sealed: true },
    ]
    const added = (there: KeyRecord, added: KeyRecord) =>
      withRecords(new Map([['k', there]]), new Map([['k', added]]))
    expect(withRecords(new Map(), new Map([['k', record]]))).toEqual(new Map([['k', record]]))
    expect(added(record, other)).toBeUndefined()
    expect(added(record, seal)).toEqual(new Map([['k', seal]]))
    expect(added(seal, other)).toBeUndefined()
    expect(added(seal, { ...seal, salt: 'other' })).toBeUndefined()
  })

  it('are kept by backends that can both read and add them', () => {
    const place = { keyRecords: () => 0, addKeyRecords: () => 0 }
    expect(hasKeyRecords(place)).toBe(true)
    expect(hasKeyRecords({ keyRecords: () => 0 })).toBe(false)
  })
})
