import { describe, expect, it, onTestFinished } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import type { FileStorageConfig } from '../../../../src/files/config.js'
import { codeOf } from './files.js'
import { gcsStandIn, s3StandIn, type CloudPlace, type CloudSubject } from './subjects.js'

const MIB = 1024 * 1024

/** What each kind of request is called here: that Google's uploads are POSTs is no matter. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(PUT|POST) .*uploadType=/, 'PUT'],
  [/^GET .*\/o\/[^?]*\?alt=media/, 'GET'],
  [/^GET .*\/b\/files\/o\/[^?]+/, 'HEAD'],
]

for (const subject of [s3StandIn, gcsStandIn]) requestsSuite(subject)

/** Which requests a call makes: each is paid for, and is a way to the service and back. */
function requestsSuite(subject: CloudSubject): void {
  describe(`the requests of a store, ${subject.name}`, () => {
    it('are one for a new key, with and without a condition', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const files = await open()
      expect(await requestsOf(async () => files.store('a', 'one'))).toEqual(['PUT'])
      expect(await requestsOf(async () => files.store('b', 'one', {}, { ifAbsent: true }))).toEqual(
        ['PUT'],
      )
      expect(await files.retrieve('a')).toBe('one')
    })

    it('are one for a key that was stored or read here', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const files = await open()
      await files.store('stored', 'one')
      expect(await requestsOf(async () => files.store('stored', 'two'))).toEqual(['PUT'])
      expect(await requestsOf(async () => files.store('stored', 'two'))).toContain('PUT')
      expect(await requestsOf(async () => files.store('stored', 'three'))).toEqual(['PUT'])
      const other = await open()
      expect(await other.retrieve('stored')).toBe('three')
      expect(await requestsOf(async () => other.store('stored', 'four'))).toEqual(['PUT'])
      const third = await open()
      await third.stat('stored')
      expect(await requestsOf(async () => third.store('stored', 'five'))).toEqual(['PUT'])
      expect(await files.retrieve('stored')).toBe('five')
    })

    it('are three for a key that others have stored, and no second body for a long one', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const [files, other] = [await open(), await open()]
      await files.store('short', 'one')
      await files.store('long', 'one')
      const refused = await requestsOf(async () => other.store('short', 'two'))
      expect(refused).toEqual(['PUT', 'HEAD', 'PUT'])
      const long = Buffer.alloc(2 * MIB)
      expect(await requestsOf(async () => other.store('long', long))).toEqual(['HEAD', 'PUT'])
      // What this process knew is no longer so.
      const stale = await requestsOf(async () => files.store('short', 'three'))
      expect(stale).toEqual(['PUT', 'HEAD', 'PUT'])
      await other.delete('short')
      const gone = await requestsOf(async () => files.store('short', 'four'))
      expect(gone).toEqual(['PUT', 'HEAD', 'PUT'])
      expect(await other.retrieve('short')).toBe('four')
    })

    it('are two for each further key that others have stored, until one is new', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const [files, other] = [await open(), await open()]
      for (const key of ['a', 'b', 'c', 'd']) await files.store(key, 'one')
      const store = async (key: string): Promise<string[]> =>
        await requestsOf(async () => other.store(key, 'two'))
      expect(await store('a')).toEqual(['PUT', 'HEAD', 'PUT'])
      expect(await store('b')).toEqual(['HEAD', 'PUT'])
      expect(await store('c')).toEqual(['HEAD', 'PUT'])
      // This condition says that the key is new.
      const ifAbsent = async (): Promise<unknown> =>
        await other.store('e', 'two', {}, { ifAbsent: true })
      expect(await requestsOf(ifAbsent)).toEqual(['PUT'])
      expect(await store('new')).toEqual(['HEAD', 'PUT'])
      expect(await store('newer')).toEqual(['PUT'])
      expect(await store('d')).toEqual(['PUT', 'HEAD', 'PUT'])
      for (const key of ['a', 'b', 'c', 'd', 'e', 'new', 'newer'])
        expect(await files.retrieve(key)).toBe('two')
    })

    it('tell an unmet condition from a met one by what is there, not by what was known', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const [files, other] = [await open(), await open()]
      await files.store('k', 'one')
      const ifAbsent = async (storage: FileStorage): Promise<string[]> =>
        await requestsOf(async () =>
          expect(await codeOf(storage.store('k', 'two', {}, { ifAbsent: true }))).toBe(
            'FS-CONFLICT-001',
          ),
        )
      expect(await ifAbsent(other)).toEqual(['PUT', 'HEAD'])
      expect(await ifAbsent(files)).toEqual(['HEAD'])
      await other.delete('k')
      await files.store('k', 'three', {}, { ifAbsent: true })
      const etag = (await other.stat('k'))?.etag ?? ''
      const matching = await requestsOf(async () => other.store('k', '4', {}, { ifMatch: etag }))
      // An ETag of S3 may have come back; a generation never does.
      expect(matching).toEqual(subject.kind === 's3' ? ['HEAD', 'PUT'] : ['PUT'])
      const stale = files.store('k', 'five', {}, { ifMatch: etag })
      expect(await codeOf(stale)).toBe('FS-CONFLICT-001')
      expect(await files.retrieve('k')).toBe('4')
    })

    it('never let a file through that has come back with the same bytes', async () => {
      const { open } = await bucketOf(subject)
      const [files, other] = [await open(), await open()]
      await files.store('flag', 'free')
      const etag = (await files.stat('flag'))?.etag ?? ''
      await other.store('flag', 'taken')
      await other.store('flag', 'free')
      expect(await codeOf(files.store('flag', 'mine', {}, { ifMatch: etag }))).toBe(
        'FS-CONFLICT-001',
      )
      expect(await files.retrieve('flag')).toBe('free')
    })

    it('begin with a question again while the service does not answer', async () => {
      const { open, requestsOf, standIn } = await bucketOf(subject)
      const files = await open({ max_retries: 0 })
      standIn?.setFaults(() => 'reset')
      expect(await codeOf(files.store('k', 'lost'))).toBe('FS-TIMEOUT-001')
      standIn?.setFaults(undefined)
      expect(await requestsOf(async () => files.store('k', 'one'))).toEqual(['HEAD', 'PUT'])
      expect(await requestsOf(async () => files.store('k', 'two'))).toEqual(['PUT'])
    })

    it('carry the time of the first store on, whichever storage has made it', async () => {
      const { open } = await bucketOf(subject)
      const [files, other] = [await open(), await open()]
      await files.store('k', 'one')
      const created = (await files.stat('k'))?.created_at
      await files.store('k', 'two')
      await other.store('k', 'three')
      await files.store('k', 'four')
      const file = await other.stat('k')
      expect(file?.created_at).toBe(created)
      expect(Date.parse(file?.updated_at ?? '')).toBeGreaterThan(Date.parse(created ?? ''))
      await other.delete('k')
      await files.store('k', 'five')
      expect((await other.stat('k'))?.created_at).toBe((await other.stat('k'))?.updated_at)
    })

    it('hold the quota by what is replaced', async () => {
      const { open, requestsOf } = await bucketOf(subject)
      const other = await open()
      await other.store('k', 'x'.repeat(900))
      const files = await open({ quota_bytes: 1000 })
      await files.store('small', 'x')
      // As a new file it would be too much; it replaces one of the same size.
      const replacing = await requestsOf(async () => files.store('k', 'y'.repeat(900)))
      expect(replacing).toEqual(['HEAD', 'PUT'])
      expect((await files.getStats()).quota?.used_bytes).toBe(901)
      const known = await requestsOf(async () => files.store('k', 'z'.repeat(950)))
      expect(known).toEqual(['PUT'])
      expect((await files.getStats()).quota?.used_bytes).toBe(951)
      await other.store('k', 'x'.repeat(10))
      await files.store('k', 'w'.repeat(20))
      expect((await files.getStats()).quota?.used_bytes).toBe(951 - 10 + 20)
      expect(await codeOf(files.store('new', 'x'.repeat(1000)))).toBe('FS-QUOTA-001')
      expect(await other.exists('new')).toBe(false)
    })

    it('replace a file that is past its time where none was to be, in one step', async () => {
      const { open } = await bucketOf(subject)
      const files = await open()
      await files.store('k', 'old', {}, { expiresAt: Date.now() + 30 })
      await expect.poll(async () => await files.exists('k')).toBe(false)
      await files.store('k', 'new', {}, { ifAbsent: true })
      expect(await files.retrieve('k')).toBe('new')
    })
  })
}

interface CountedBucket extends Pick<CloudPlace, 'standIn'> {
  open(changes?: FileStorageConfig): Promise<FileStorage>
  /** The requests for objects of files that a call makes, in their order. */
  requestsOf(call: () => Promise<unknown>): Promise<string[]>
}

async function bucketOf(subject: CloudSubject): Promise<CountedBucket> {
  const { config, standIn }: CloudPlace = await subject.makePlace()
  const requests = standIn?.requests ?? []
  return {
    standIn,
    open: async (changes = {}) => {
      const options: FileStorageConfig = {
        ...config,
        backend: 'cloud',
        enable_cache: false,
        enable_local_fallback: false,
      }
      const files = await FileStorage.open({ ...options, enable_compression: false, ...changes })
      onTestFinished(async () => await files.close())
      // What is asked once of every service.
      await files.store('warm', 'up')
      await files.delete('warm')
      return files
    },
    requestsOf: async (call) => {
      const begin = requests.length
      await call()
      return requests.slice(begin).map(nameOf)
    },
  }
}

function nameOf(request: string): string {
  return NAMES.find(([pattern]) => pattern.test(request))?.[1] ?? request.split(' ', 1)[0] ?? ''
}
