import assert from 'node:assert/strict'
import type { WriteCondition } from '../backend.js'
import type { KeepRequest, KeepSetting, VersionKeeper } from '../kept.js'
import {
  bytesOf,
  codeOf,
  documentOf,
  putBytes,
  streamOf,
  textOf,
  type ConformanceRunner,
  type FileBackendPlace,
  type FileBackendSubject,
} from './subject.js'

const MIB = 1024 * 1024
const DAY_MS = 86_400_000
/** Of the changes in these tests; each comes a second after the one before. */
const BEGIN_MS = Date.parse('2026-01-02T03:04:05.000Z')

/** For backends that keep versions: the places have `openKeeping`. */
export function backendVersions(subject: FileBackendSubject, runner: ConformanceRunner): void {
  keeping(subject, runner)
  keepingNot(subject, runner)
  removing(subject, runner)
  putting(subject, runner)
  racing(subject, runner)
  if (subject.persistent) reopening(subject, runner)
}

function keeping(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'keeps what a store replaces and a delete removes, newest first',
    withKeeper(subject, { most: 10 }, async (backend, clock) => {
      const large = Buffer.alloc(2 * MIB, 7)
      const etags: string[] = []
      for (const content of ['one', large, '', 'four'])
        etags.push((await putBytes(backend, 'a/k', content, clock())).etag)
      assert.equal(await textOf(backend, 'a/k'), 'four')
      assert.deepEqual(await versionsOf(backend, 'a/k'), etags.slice(0, 3).reverse())
      assert.equal(await backend.delete('a/k', clock()), true)
      assert.deepEqual(await versionsOf(backend, 'a/k'), [...etags].reverse())
      assert.equal(await backend.head('a/k'), undefined)
      const contents = await Promise.all(
        etags.map(async (etag) => await versionBytes(backend, 'a/k', etag)),
      )
      assert.ok(contents[1]?.equals(large))
      assert.deepEqual(
        [0, 2, 3].map((at) => contents[at]?.toString()),
        ['one', '', 'four'],
      )
      // Again under the same key, and none of the earlier ones is lost.
      await putBytes(backend, 'a/k', 'five', clock())
      assert.deepEqual(await versionsOf(backend, 'a/k'), [...etags].reverse())
    }),
  )

  it(
    'returns documents and etags as they were, and any range of the bytes',
    withKeeper(subject, { most: 3 }, async (backend, clock) => {
      const bytes = Buffer.from('0123456789')
      const document = documentOf('k', bytes, { metadata: { tags: ['ü', null] } })
      const stored = await backend.put('k', bytes, () => document)
      await putBytes(backend, 'k', 'next', clock())
      const [kept] = await backend.versions('k')
      assert.equal(kept?.version, stored.etag)
      assert.equal(kept?.keptMs, BEGIN_MS)
      assert.deepEqual(kept?.file?.document, document)
      assert.equal(kept?.file?.etag, stored.etag)
      assert.equal(kept?.file?.storedBytes, 10)
      assert.deepEqual((await backend.headVersion('k', stored.etag))?.document, document)
      const part = await versionBytes(backend, 'k', stored.etag, { start: 3, end: 6 })
      assert.equal(part?.toString(), '345')
      assert.equal(await backend.getVersion('k', 'none'), undefined)
      assert.equal(await backend.headVersion('k', 'none'), undefined)
      assert.equal(await backend.headVersion('other', stored.etag), undefined)
    }),
  )

  it(
    'keeps no more than it is set to, and none that is too old',
    withKeeper(subject, { most: 2, days: 30 }, async (backend, clock) => {
      const etags: string[] = []
      for (const content of ['1', '2', '3', '4'])
        etags.push((await putBytes(backend, 'k', content, clock())).etag)
      assert.deepEqual(await versionsOf(backend, 'k'), [etags[2], etags[1]])
      // The file was stored long ago, but is replaced only now.
      const { etag } = await putBytes(backend, 'k', '5', clock(40 * DAY_MS))
      assert.deepEqual(await versionsOf(backend, 'k'), [etags[3]])
      await backend.delete('k', clock())
      assert.deepEqual(await versionsOf(backend, 'k'), [etag, etags[3]])
    }),
  )
}

function keepingNot(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'lists no version as a file, and keeps those of keys apart that are parts of one another',
    withKeeper(subject, { most: 5 }, async (backend, clock) => {
      const keys = ['a', 'a/b', 'a/b.txt', 'a.b/c', 'A', `a/${'long'.repeat(60)}`, 'ü/%~f']
      for (const content of ['1', '2'])
        for (const key of keys) await putBytes(backend, key, `${content} ${key}`, clock())
      const listed = (await backend.list({ prefix: '', limit: 100 })).files.map(({ key }) => key)
      assert.deepEqual(listed.sort(), [...keys].sort())
      const all: string[] = []
      for await (const { key, file } of backend.allVersions('')) all.push(`${key} ${file?.key}`)
      assert.deepEqual(all.sort(), keys.map((key) => `${key} ${key}`).sort())
      for (const key of keys) {
        const [version, ...more] = await versionsOf(backend, key)
        assert.equal(more.length, 0)
        const kept = await versionBytes(backend, key, version ?? '')
        assert.equal(kept?.toString(), `1 ${key}`)
      }
      const some: string[] = []
      for await (const { key } of backend.allVersions('a/b')) some.push(key)
      assert.deepEqual(some.sort(), ['a/b', 'a/b.txt'])
    }),
  )

  it(
    'keeps nothing unasked, nor what is not to be kept, nor when a condition does not hold',
    withKeeper(subject, { most: 5 }, async (backend, clock) => {
      await putBytes(backend, 'k', 'one', clock())
      await putBytes(backend, 'k', 'two')
      const never = { keep: { nowMs: BEGIN_MS, keeps: () => false } }
      const { etag } = await putBytes(backend, 'k', 'three', never)
      assert.deepEqual(await versionsOf(backend, 'k'), [])
      const stale = { ...clock(), ifMatch: 'stale' }
      assert.equal(await codeOf(putBytes(backend, 'k', 'four', stale)), 'FS-CONFLICT-001')
      assert.equal(await codeOf(backend.delete('k', stale)), 'FS-CONFLICT-001')
      assert.deepEqual(await versionsOf(backend, 'k'), [])
      await putBytes(backend, 'k', 'five', { ...clock(), ifMatch: etag })
      assert.deepEqual(await versionsOf(backend, 'k'), [etag])
    }),
  )

  it(
    'keeps nothing where it is set to keep none',
    withKeeper(subject, { most: 0 }, async (backend, clock) => {
      await putBytes(backend, 'k', 'one', clock())
      await putBytes(backend, 'k', 'two', clock())
      await backend.delete('k', clock())
      assert.deepEqual(await versionsOf(backend, 'k'), [])
      assert.equal((await backend.keepSetting()).most, 0)
    }),
  )
}

function removing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'removes the versions that it is told to, and no others',
    withKeeper(subject, { most: 5 }, async (backend, clock) => {
      const etags: string[] = []
      for (const content of ['1', '2', '3', '4'])
        etags.push((await putBytes(backend, 'k', content, clock())).etag)
      const [first = '', second = '', third = ''] = etags
      assert.equal(await backend.deleteVersions('k', [second, 'none']), 1)
      assert.equal(await backend.deleteVersions('k', [second]), 0)
      assert.deepEqual(await versionsOf(backend, 'k'), [third, first])
      assert.equal(await backend.getVersion('k', second), undefined)
      assert.equal(await backend.deleteVersions('k', [first, third]), 2)
      assert.equal(await textOf(backend, 'k'), '4')
    }),
  )
}

function putting(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'takes a version in the place of another form of it, and one that it does not have',
    withKeeper(subject, { most: 5 }, async (backend, clock) => {
      await putBytes(backend, 'k', 'one', clock())
      await putBytes(backend, 'k', 'two', clock())
      const [kept] = await backend.versions('k')
      assert.ok(kept !== undefined)
      const bytes = Buffer.alloc(MIB + 1, 3)
      const document = documentOf('k', bytes, { compression: 'gzip' })
      const body = (): AsyncGenerator<Uint8Array> => streamOf([bytes])
      assert.equal(await backend.putVersion(kept, body(), () => document, 'absent'), false)
      assert.equal(await backend.putVersion(kept, body(), () => document, 'present'), true)
      assert.ok((await versionBytes(backend, 'k', kept.version))?.equals(bytes))
      assert.deepEqual((await backend.headVersion('k', kept.version))?.document, document)
      const other = { key: 'k', version: 'abc0', keptMs: kept.keptMs - 1 }
      const small = Buffer.from('small')
      const smaller = documentOf('k', small)
      assert.equal(await backend.putVersion(other, small, () => smaller, 'present'), false)
      assert.equal(await backend.putVersion(other, small, () => smaller, 'absent'), true)
      assert.deepEqual(await versionsOf(backend, 'k'), [kept.version, 'abc0'])
      assert.equal((await versionBytes(backend, 'k', 'abc0'))?.toString(), 'small')
      assert.equal(await backend.deleteVersions('k', [kept.version, 'abc0']), 2)
    }),
  )
}

function racing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'keeps every file once when many changes of a key are made at once',
    withKeeper(subject, { most: 50 }, async (backend, clock) => {
      const contents = Array.from({ length: 12 }, (_, at) => `content ${at}`)
      const stored = await Promise.all(
        contents.map(async (content) => await putBytes(backend, 'k', content, clock())),
      )
      const current = (await backend.head('k'))?.etag
      const kept = await versionsOf(backend, 'k')
      assert.deepEqual([...kept, current ?? ''].sort(), stored.map(({ etag }) => etag).sort())
      const found = await Promise.all(
        kept.map(async (version) => (await versionBytes(backend, 'k', version))?.toString()),
      )
      const texts = [...found, await textOf(backend, 'k')].map(String)
      assert.deepEqual(texts.sort(), [...contents].sort())
    }),
  )
}

function reopening(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'has its versions when it is opened again, also to keep fewer of them, or none',
    withKeeper(subject, { most: 5 }, async (backend, clock, place) => {
      const etags: string[] = []
      for (const content of ['1', '2', '3', '4'])
        etags.push((await putBytes(backend, 'k', content, clock())).etag)
      await backend.close()
      const none = await opened(place, { most: 0 })
      assert.equal((await versionsOf(none, 'k')).length, 3)
      await putBytes(none, 'k', '5', clock())
      assert.equal((await versionsOf(none, 'k')).length, 3)
      await none.close()
      const fewer = await opened(place, { most: 1 })
      const { etag } = (await fewer.head('k')) ?? {}
      await putBytes(fewer, 'k', '6', clock())
      assert.deepEqual(await versionsOf(fewer, 'k'), [etag])
      await fewer.close()
    }),
  )
}

/** What the next change asks to be kept, by a clock that goes on by a second each time, and by `ms` more. */
type Clock = (ms?: number) => Pick<WriteCondition, 'keep'> & { readonly keep: KeepRequest }

function withKeeper(
  subject: FileBackendSubject,
  setting: KeepSetting,
  body: (backend: VersionKeeper, clock: Clock, place: FileBackendPlace) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const place = await subject.makePlace()
    if (place.openKeeping === undefined) return
    let nowMs = BEGIN_MS - 1000
    const clock: Clock = (ms = 0) => {
      nowMs += 1000 + ms
      return { keep: { nowMs, keeps: () => true } }
    }
    // The first of its kind: what is kept first, is kept at the begin.
    const backend = await opened(place, setting)
    try {
      await body(backend, clock, place)
    } finally {
      await backend.close()
    }
  }
}

async function opened(place: FileBackendPlace, setting: KeepSetting): Promise<VersionKeeper> {
  assert.ok(place.openKeeping !== undefined)
  return await place.openKeeping(setting)
}

async function versionsOf(backend: VersionKeeper, key: string): Promise<string[]> {
  return (await backend.versions(key)).map(({ version }) => version)
}

async function versionBytes(
  backend: VersionKeeper,
  key: string,
  version: string,
  range?: { readonly start: number; readonly end?: number },
): Promise<Buffer | undefined> {
  return await bytesOf({ get: async () => await backend.getVersion(key, version, range) }, key)
}
