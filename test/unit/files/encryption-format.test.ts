import { createDecipheriv, createHmac, hkdfSync, scryptSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseFileDocument } from '../../../src/files/document.js'
import { Keyring, isSealed } from '../../../src/files/pipeline/keys.js'

interface Derivation {
  readonly salt: string
  readonly cost: number
  readonly block_size: number
  readonly parallelization: number
}

interface KeyRecord {
  readonly salt: string
  readonly sealed: boolean
  readonly check: string
  readonly kdf?: Derivation
}

interface Vectors {
  readonly keys: Readonly<Record<string, string>>
  readonly records: Readonly<Record<string, KeyRecord>>
  readonly document: Readonly<Record<string, unknown>> & {
    readonly encryption: {
      readonly key_id: string
      readonly chunk_bytes: number
      readonly salt: string
    }
  }
  readonly payload: string
  readonly content: string
}

const text = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8')
const block = /```json encryption\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
const vectors = JSON.parse(block) as Vectors

// Written from docs/format.md alone: nothing here calls the code that made the vectors.

function masterOf(key: string, kdf: Derivation | undefined): Buffer {
  if (kdf === undefined) return Buffer.from(key, 'hex')
  return scryptSync(key, Buffer.from(kdf.salt, 'base64'), 32, {
    N: kdf.cost,
    r: kdf.block_size,
    p: kdf.parallelization,
    maxmem: 2 ** 30,
  })
}

function derived(master: Buffer, salt: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.from(salt, 'base64'), info, 32))
}

function mac(key: Buffer, bytes: Buffer | string): Buffer {
  return createHmac('sha256', key).update(bytes).digest()
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const names = Object.keys(value).sort()
  const at = value as Record<string, unknown>
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(at[name])}`).join(',')}}`
}

function decrypted(key: Buffer, payload: Buffer, document: Vectors['document']): Buffer {
  const {
    algorithm,
    key_id: id,
    chunk_bytes: size,
    salt,
  } = document.encryption as never as Record<string, unknown>
  const { format, key: name, kind, compression } = document
  const bound = JSON.stringify([format, name, kind, compression, algorithm, id, size, salt])
  const stored = Number(size) + 16
  const plain: Buffer[] = []
  const count = Math.max(1, Math.ceil(payload.length / stored))
  for (let at = 0; at < count; at++) {
    const chunk = payload.subarray(at * stored, (at + 1) * stored)
    const nonce = Buffer.alloc(12)
    nonce.writeUInt32BE(at, 7)
    nonce[11] = at === count - 1 ? 1 : 0
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    decipher.setAAD(Buffer.from(bound))
    decipher.setAuthTag(chunk.subarray(-16))
    plain.push(decipher.update(chunk.subarray(0, -16)), decipher.final())
  }
  return Buffer.concat(plain)
}

describe('the format of encrypted files', () => {
  const { document, keys, records } = vectors
  const { key_id: id, salt } = document.encryption
  const master = masterOf(keys[id] ?? '', undefined)

  it('decrypts as it is written down', () => {
    const key = derived(master, salt, `holdfast file ${id}`)
    const content = decrypted(key, Buffer.from(vectors.payload, 'base64'), document)
    expect(content.toString()).toBe(vectors.content)
    const digestKey = derived(master, salt, `holdfast digest ${id}`)
    expect(document['digest']).toBe(mac(digestKey, content).toString('hex'))
    const { mac: given, ...rest } = document
    const documentKey = derived(master, salt, `holdfast document ${id}`)
    expect(given).toBe(mac(documentKey, canonical(rest)).toString('base64'))
  })

  it('knows keys and passphrases again as it is written down', async () => {
    const ring = new Keyring(id, new Map(Object.entries(keys)))
    for (const [name, record] of Object.entries(records)) {
      const secret = masterOf(keys[name] ?? '', record.kdf)
      const checkKey = derived(secret, record.salt, `holdfast check ${name}`)
      const said = record.sealed ? 'holdfast key check, sealed' : 'holdfast key check'
      expect(record.check).toBe(mac(checkKey, said).toString('base64'))
      await ring.adopt(name, record as never)
    }
    const parsed = parseFileDocument(document)
    if (parsed.encryption === undefined) throw new Error('the document is encrypted')
    expect(isSealed(parsed, await ring.fileKeys(parsed.encryption))).toBe(true)
  })
})
