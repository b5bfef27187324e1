import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import type { KeepRequest, VersionKeeper } from '../../../../src/files/kept.js'
import { codeOf, getText, putText } from './files.js'
import { gcsStandIn, s3StandIn, type CloudSubject } from './subjects.js'

const keep = (): { readonly keep: KeepRequest } => ({
  keep: { nowMs: Date.now(), keeps: () => true },
})

async function versionsOf(backend: VersionKeeper, key: string): Promise<string[]> {
  return (await backend.versions(key)).map(({ version }) => version)
}

for (const subject of [s3StandIn, gcsStandIn]) versionsSuite(subject)

function versionsSuite(subject: CloudSubject): void {
  describe(`the versions of files in a bucket, ${subject.name}`, () => {
    it('are copied by the service, in few requests', async () => {
      const place = await subject.makePlace()
      const requests = place.standIn?.requests ?? []
      const backend = await place.open({ keepVersions: 2 })
      const count = async (call: () => Promise<unknown>): Promise<number> => {
        const begin = requests.length
        await call()
        return requests.length - begin
      }
      await putText(backend, 'warm', 'up')
      expect(await count(async () => await putText(backend, 'k', 'one', keep()))).toBe(1)
      // A list, the copy, the store; S3 is asked for the current object first.
      const asks = subject.kind === 's3' ? 1 : 0
      expect(await count(async () => await putText(backend, 'k', 'two', keep()))).toBe(3 + asks)
      expect(await count(async () => await putText(backend, 'k', 'three', keep()))).toBe(3 + asks)
      // And a removal.
      expect(await count(async () => await putText(backend, 'k', 'four', keep()))).toBe(4 + asks)
      expect(await count(async () => await putText(backend, 'k', 'five'))).toBe(1)
      const [newest = ''] = await versionsOf(backend, 'k')
      expect(await count(async () => await backend.headVersion('k', newest))).toBe(2)
    })

    it('outlive a crash between the copy and the store, which leaves the current file', async () => {
      const place = await subject.makePlace()
      const backend = await place.open({ keepVersions: 3, maxRetries: 0 })
      const { etag: one } = await putText(backend, 'k', 'one', keep())
      // From the upload on, nothing is answered: the copy has been made.
      place.standIn?.setFaults(({ method, url, headers }) => {
        const isCopy =
          headers['x-amz-copy-source'] !== undefined || url.pathname.includes('rewriteTo')
        const changes = method === 'PUT' || method === 'POST'
        return changes && !isCopy ? { status: 400 } : undefined
      })
      expect(await codeOf(putText(backend, 'k', 'two', keep()))).not.toBe('no error')
      place.standIn?.setFaults(undefined)
      expect(await getText(backend, 'k')).toBe('one')
      const other = await place.open({ keepVersions: 3 })
      expect(await versionsOf(other, 'k')).toEqual([one])
      const { etag: three } = await putText(other, 'k', 'three', keep())
      expect(await versionsOf(other, 'k')).toEqual([one])
      await putText(other, 'k', 'four', keep())
      expect(await versionsOf(other, 'k')).toEqual([three, one])
    })

    it('do not fail a store when surplus ones cannot be removed, and the next one removes them', async () => {
      const place = await subject.makePlace()
      const backend = await place.open({ keepVersions: 1, maxRetries: 0 })
      for (const text of ['one', 'two']) await putText(backend, 'k', text, keep())
      const stages: string[] = []
      onTestFinished(subscribe('background-error', ({ stage }) => void stages.push(stage)))
      place.standIn?.setFaults(({ method }) => (method === 'DELETE' ? { status: 403 } : undefined))
      await putText(backend, 'k', 'three', keep())
      place.standIn?.setFaults(undefined)
      expect(stages).toEqual(['prune'])
      expect(await versionsOf(backend, 'k')).toHaveLength(2)
      await putText(backend, 'k', 'four', keep())
      expect(await versionsOf(backend, 'k')).toHaveLength(1)
    })

    it('have names of their own, which are refused as keys, and make keys shorter', async () => {
      const place = await subject.makePlace()
      const backend = await place.open({ keepVersions: 1, cloudPrefix: 'some/prefix/' })
      expect(await codeOf(putText(backend, '.holdfast-versions/k', 'x'))).toBe(
        'ERR_HOLDFAST_ARGUMENT',
      )
      const longest = 'k'.repeat(1024 - 'some/prefix/'.length - 69)
      await expect(putText(backend, `${longest}k`, 'x')).rejects.toThrow(RangeError)
      for (const text of ['one', 'two']) await putText(backend, longest, text, keep())
      expect(await versionsOf(backend, longest)).toHaveLength(1)
      const none = await place.open({ cloudPrefix: 'some/prefix/' })
      await putText(none, `${longest}k`, 'x')
      // It cannot be kept, so it must not be removed.
      await expect(backend.delete(`${longest}k`, keep())).rejects.toThrow(/without the option/)
      expect(await getText(none, `${longest}k`)).toBe('x')
      expect(await none.delete(`${longest}k`, keep())).toBe(true)
    })

    it('are not listed as files, and a list does not ask for them', async () => {
      const place = await subject.makePlace()
      const backend = await place.open({ keepVersions: 5 })
      for (const text of ['1', '2', '3', '4'])
        for (const key of ['!', 'k', '~']) await putText(backend, key, text, keep())
      const begin = place.standIn?.requests.length ?? 0
      const { files, more } = await backend.list({ prefix: '', limit: 100 })
      expect(files.map(({ key }) => key)).toEqual(['!', 'k', '~'])
      expect(more).toBe(false)
      const asked = (place.standIn?.requests.length ?? 0) - begin
      expect(asked).toBe(subject.kind === 's3' ? 4 : 1)
      for (const limit of [1, 2]) {
        const keys: string[] = []
        for (let after: string | undefined; ;) {
          const page = await backend.list({ prefix: '', limit, ...(after && { after }) })
          keys.push(...page.files.map(({ key }) => key))
          after = keys.at(-1)
          if (!page.more) break
        }
        expect(keys).toEqual(['!', 'k', '~'])
      }
    })

    it('come key by key, also of keys whose versions are named among those of another', async () => {
      const place = await subject.makePlace()
      const backend = await place.open({ keepVersions: 9 })
      const at = (nowMs: number): { readonly keep: KeepRequest } => ({
        keep: { nowMs, keeps: () => true },
      })
      const [early, late] = [1_700_000_000_000, 1_900_000_000_000]
      const keys = ['a', 'a/~001800', 'a/~001800/~001800', 'a/~0', 'b']
      for (const nowMs of [early, early, late])
        for (const key of keys) await putText(backend, key, `${nowMs} ${Math.random()}`, at(nowMs))
      const seen: string[] = []
      for await (const { key } of backend.allVersions('')) if (seen.at(-1) !== key) seen.push(key)
      expect(seen.toSorted()).toEqual(keys.toSorted())
      const below: string[] = []
      for await (const { key } of backend.allVersions('a/'))
        if (below.at(-1) !== key) below.push(key)
      expect(below.toSorted()).toEqual(keys.filter((key) => key.startsWith('a/')).toSorted())
    })

    it('are restored by another process', async () => {
      const place = await subject.makePlace()
      const config = { ...place.config, enable_local_fallback: false }
      await using files = await FileStorage.open({ ...config, keepVersions: 3 })
      for (const text of ['one', 'two']) await files.store('k', text)
      await files.delete('k')
      await using other = await FileStorage.open(config)
      const [, one] = await other.history('k')
      await other.restoreVersion('k', one?.version ?? '')
      expect(await files.retrieve('k')).toBe('one')
    })
  })
}

it('pass through the process where the service does not copy that much', async () => {
  const place = await s3StandIn.makePlace()
  const { S3Service } = await import('../../../../src/objects/s3/service.js')
  const { CloudBackend } = await import('../../../../src/files/bucket/backend.js')
  const service = await S3Service.open(
    {
      bucket: 'files',
      endpoint: place.standIn?.endpoint ?? '',
      accessKeyId: 'stand-in-key',
      secretAccessKey: 'secret',
      connectTimeoutMs: 1000,
      retries: 0,
      largeBytes: 16 * 1024 * 1024,
    },
    '',
  )
  Object.defineProperty(service, 'copyBytesMax', { value: 2 })
  const options = { retries: 0, timeoutMs: 5000, breakerMs: 1000, lockTimeoutMs: 1000, prefix: '' }
  const backend = new CloudBackend(service, { ...options, keep: { most: 2 } })
  onTestFinished(async () => await backend.close())
  for (const text of ['one', 'two', 'three']) await putText(backend, 'k', text, keep())
  const versions = await backend.versions('k')
  expect(versions.map(({ file }) => file?.storedBytes)).toEqual([3, 3])
  const kept = await backend.getVersion('k', versions[1]?.version ?? '')
  expect((await kept?.body.toArray())?.join('')).toBe('one')
  const copies = place.standIn?.requests.filter((request) => request.includes('.holdfast-versions'))
  expect(copies?.some((request) => request.startsWith('PUT'))).toBe(true)
})
