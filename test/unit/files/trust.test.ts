import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../src/base/channels.js'
import type { StoredFile } from '../../../src/files/backend.js'
import { DocumentTrust } from '../../../src/files/trust.js'
import { Keyring } from '../../../src/files/pipeline/keys.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { storeContent } from '../../../src/files/writer.js'
import { contentOf, openParts } from './support.js'

const MASTER = Buffer.alloc(32, 1)
const keyring = new Keyring('default', new Map([['default', MASTER]]))
const refused = (reason: string): object => ({ code: 'FS-CRYPT-001', context: { reason } })

async function stored(key = 'k', encrypted = true): Promise<StoredFile> {
  const config = encrypted ? { enable_encryption: true, encryption_key: MASTER } : {}
  return (await storeContent(await openParts(config), contentOf(key, 'text'))).file
}

function trusting(options: { keyring?: Keyring; required?: boolean } = {}): DocumentTrust {
  const given = { keyring, required: true, ...options }
  const trust = new DocumentTrust(new MemoryBackend(), given)
  onTestFinished(() => trust.close())
  return trust
}

/** Two stores of one key, and a backend into which either can be put without a report. */
async function twoVersions(): Promise<{
  readonly older: StoredFile
  readonly newer: StoredFile
  readonly backend: MemoryBackend
  readonly trust: DocumentTrust
  putBack(file: StoredFile): Promise<void>
}> {
  const parts = await openParts({ enable_encryption: true, encryption_key: MASTER })
  const { file: older } = await storeContent(parts, contentOf('k', 'one'))
  const { file: newer } = await storeContent(parts, contentOf('k', 'two'))
  let isReported = true
  const backend = new MemoryBackend()
  const onChange = backend.onChange.bind(backend)
  backend.onChange = (listener) => onChange((key) => (isReported ? listener(key) : undefined))
  const trust = new DocumentTrust(backend, { keyring, required: true })
  onTestFinished(() => trust.close())
  const putBack = async (file: StoredFile): Promise<void> => {
    isReported = false
    await backend.put('k', Buffer.from('x'), () => file.document)
    isReported = true
  }
  return { older, newer, backend, trust, putBack }
}

describe('the trust in a file', () => {
  it('is that it was stored with the key, and that nothing in its document was changed', async () => {
    const file = await stored()
    await trusting().check(file)
    const document = { ...file.document, metadata: { admin: true } }
    await expect(trusting().check({ ...file, document })).rejects.toMatchObject(refused('document'))
    expect(trusting().vouchesFor(file.document)).toBe(true)
    expect(trusting().vouchesFor(document)).toBe(false)
  })

  it('is refused to a plain file and to an unknown key, where encryption is required', async () => {
    const [plain, file] = [await stored('k', false), await stored()]
    await expect(trusting().check(plain)).rejects.toMatchObject(refused('not_encrypted'))
    const others = new Keyring('other', new Map([['other', MASTER]]))
    const strict = trusting({ keyring: others })
    await expect(strict.check(file)).rejects.toMatchObject(refused('unknown_key'))
    expect(strict.vouchesFor(plain.document)).toBe(false)
    const lax = trusting({ keyring: others, required: false })
    await lax.check(plain)
    await lax.check(file)
    expect([lax.vouchesFor(plain.document), lax.vouchesFor(file.document)]).toEqual([true, false])
  })

  it('is refused to a document without a MAC once the store says that all have one', async () => {
    const { document, ...file } = await stored()
    const { mac: _, version: __, ...rest } = document
    const old = { ...file, document: { ...rest, format: 1 } as const }
    await trusting().check(old)
    expect(trusting().vouchesFor(old.document)).toBe(true)
    const sealed = new Keyring('default', new Map([['default', MASTER]]))
    await sealed.adopt('default', await sealed.newRecord('default', true))
    const trust = trusting({ keyring: sealed })
    await expect(trust.check(old)).rejects.toMatchObject(refused('document'))
    expect(trust.vouchesFor(old.document)).toBe(false)
  })

  it('is refused to an older file that was put back, until the key is known to have changed', async () => {
    const { older, newer, backend, trust, putBack } = await twoVersions()
    await trust.check(newer)
    await putBack(older)
    const there = (await backend.head('k')) ?? older
    await expect(trust.check(there)).rejects.toMatchObject(refused('replayed'))
    trust.forget('k')
    await trust.check(there)
    trust.see(newer)
    await expect(trust.check(there)).rejects.toMatchObject(refused('replayed'))
  })

  it('is left to a file that was replaced or deleted while it was read', async () => {
    const { older, newer, backend, trust, putBack } = await twoVersions()
    await putBack(newer)
    await trust.check(newer)
    await trust.check(older)
    await backend.delete('k')
    trust.see(newer)
    await trust.check(older)
  })

  it('is refused to an older file in whose place there is one that is not trusted', async () => {
    const { older, newer, trust, putBack } = await twoVersions()
    const forged = { ...newer.document, version: (newer.document.version ?? 0) + 1 }
    await putBack({ ...newer, document: forged })
    trust.see(newer)
    await expect(trust.check(older)).rejects.toMatchObject(refused('document'))
  })

  it('does not outlive a change that the backend reports', async () => {
    const { older, newer, backend, trust } = await twoVersions()
    await trust.check(newer)
    await backend.put('k', Buffer.from('x'), () => older.document)
    const there = await backend.head('k')
    if (there !== undefined) await trust.check(there)
    expect(there?.document.version).toBeLessThan(newer.document.version ?? 0)
  })

  it('leaves a file out of a listing with a warning, and lets no time of its document expire it', async () => {
    const plain = await stored('planted', false)
    const warnings: { readonly code: string; readonly message: string }[] = []
    onTestFinished(subscribe('warning', (warning) => warnings.push(warning)))
    expect(await trusting().admits(plain)).toBe(false)
    expect(await trusting().admits(await stored())).toBe(true)
    expect(warnings).toMatchObject([
      { code: 'untrusted-file', message: expect.stringContaining("'planted'") },
    ])
    const { document } = await stored()
    expect(trusting().mayExpire(document)).toBe(true)
    expect(trusting().mayExpire({ ...document, format: 1 })).toBe(false)
    expect(trusting().mayExpire(plain.document)).toBe(true)
  })
})
