import { describe, expect, it, onTestFinished } from 'vitest'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { adoptKeys } from '../../../src/files/open-keys.js'
import { documentOf } from '../../../src/files/conformance/subject.js'
import { Keyring, sealed } from '../../../src/files/pipeline/keys.js'
import { joined, Pipeline } from '../../../src/files/pipeline/pipeline.js'
import { tempDirectory } from '../../support/temp.js'

type Keys = Readonly<Record<string, Buffer>>

const MASTER = Buffer.alloc(32, 1)
const OTHER = Buffer.alloc(32, 2)
const wrongKey = { code: 'FS-CRYPT-001', context: { key_id: 'k', reason: 'wrong_key' } }

async function opened(): Promise<LocalBackend> {
  const backend = await LocalBackend.open(await tempDirectory(), { disk: 'portable' })
  onTestFinished(async () => await backend.close())
  return backend
}

function pipelineOf(keys: Keys, encrypt = true): { pipeline: Pipeline; keyring: Keyring } {
  const keyring = new Keyring(Object.keys(keys)[0] ?? '', new Map(Object.entries(keys)))
  const options = { compression: 'none', thresholdBytes: 0, chunkBytes: 1024 } as const
  return { keyring, pipeline: new Pipeline({ ...options, keyring, encrypt }) }
}

const adopt = async (backend: LocalBackend, keys: Keys, encrypt = true): Promise<void> =>
  await adoptKeys({ backend, ...pipelineOf(keys, encrypt) })

/** A file as a storage with this key stores it; of an earlier version, without a MAC. */
async function put(backend: LocalBackend, key: string, master: Buffer, old = false): Promise<void> {
  const { pipeline, keyring } = pipelineOf({ k: master })
  const content = Buffer.from('content')
  const packed = await pipeline.pack({ key, kind: 'bytes' }, content)
  const described = packed.describe()
  const { encryption } = described
  if (encryption === undefined) throw new Error('not encrypted')
  const keys = await keyring.fileKeys(encryption)
  const document = documentOf(key, content, described)
  const body = packed.body instanceof Uint8Array ? packed.body : await joined(packed.body)
  await backend.put(key, body, () => (old ? document : sealed(document, 1, keys)))
}

describe('the keys of a store', () => {
  it('are recorded when it is first encrypted, and no other key opens it from then on', async () => {
    const backend = await opened()
    await adopt(backend, { k: MASTER })
    expect((await backend.keyRecords()).get('k')?.sealed).toBe(true)
    await adopt(backend, { k: MASTER })
    await expect(adopt(backend, { k: OTHER })).rejects.toMatchObject(wrongKey)
    await adopt(backend, { new: OTHER, k: MASTER })
    expect([...(await backend.keyRecords()).keys()].sort()).toEqual(['k', 'new'])
  })

  it('are not recorded by a storage that only reads encrypted files', async () => {
    const backend = await opened()
    await adopt(backend, { k: MASTER }, false)
    expect((await backend.keyRecords()).size).toBe(0)
  })

  it('are told by the files of a store without records', async () => {
    const backend = await opened()
    await put(backend, 'a', MASTER)
    await expect(adopt(backend, { k: OTHER })).rejects.toMatchObject(wrongKey)
    expect((await backend.keyRecords()).size).toBe(0)
    await adopt(backend, { k: MASTER })
    expect((await backend.keyRecords()).get('k')?.sealed).toBe(true)
  })

  it('are right although some files were tampered with, as long as one opens', async () => {
    const backend = await opened()
    for (const key of ['a', 'b', 'c']) await put(backend, key, OTHER)
    await put(backend, 'd', MASTER)
    await adopt(backend, { k: MASTER })
    expect((await backend.keyRecords()).has('k')).toBe(true)
  })

  it('are not said to seal all documents while files of an earlier version are there', async () => {
    const backend = await opened()
    await put(backend, 'old', MASTER, true)
    await put(backend, 'new', MASTER)
    await adopt(backend, { k: MASTER })
    expect((await backend.keyRecords()).get('k')?.sealed).toBe(false)
  })
})
