// What a user's tests do with the packed library. Run by Jest and by Vitest, with real and with faked time.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { deserialize, serialize } from 'node:v8'
import { startS3 } from '../../../unit/files/bucket/standins/s3.mjs'

/**
 * @param runner `test` of the runner; `setTime` sets the faked time and is undefined where time is real; `load` imports
 * the library, after time was faked where it is faked first
 */
export function suite({ test, setTime, load }) {
  for (const disk of ['native', 'portable']) {
    test(`versions are saved, read, watched and closed (${disk} disk)`, async () => {
      const { FileSystemStorage, VersionManager, isStorageError } = await load('holdfast')
      await inDirectory(async (storageDir) => {
        const storage = await FileSystemStorage.open({ storageDir, disk })
        const controller = new AbortController()
        const changes = storage.watch({ signal: controller.signal })
        await storage.saveVersion(deserialize(serialize(sample('p', '1.0.0'))))
        assert.equal((await changes.next()).value.version, '1.0.0')
        controller.abort()
        assert.equal((await changes.next()).done, true)
        const error = await storage.saveVersion(sample('p', '1.0.0')).catch((reason) => reason)
        assert.ok(isStorageError(error, 'OPT-VER-001'))
        assert.equal(error.sameContent, true)
        await storage.saveVersion(sample('p', '1.0.0'), { ifSame: 'accept' })
        const manager = new VersionManager({ storage })
        const prompt = { ...sample('p', '1.0.0').prompt, text: 'next' }
        setTime?.(Date.UTC(2030, 0, 1))
        const created = await manager.createVersion({ prompt })
        assert.equal(created.version, '1.0.1')
        if (setTime !== undefined) assert.equal(created.created_at, '2030-01-01T00:00:00.000Z')
        assert.equal((await storage.getLatestVersion('p')).prompt.text, 'next')
        assert.equal(await storage.getVersion('none', '1.0.0'), undefined)
        assert.equal(await storage.deleteVersion('p', '1.0.0'), true)
        assert.deepEqual(await storage.rebuildIndex(), { prompts: 1, versions: 1 })
        assert.equal((await storage.verify()).checked, 1)
        await storage.close()
        const again = await FileSystemStorage.open({ storageDir, disk })
        assert.deepEqual([...(await again.listVersionNames('p'))], ['1.0.1'])
        await again.close()
      })
    })

    test(`files of every kind come back as they went in (${disk} disk)`, async () => {
      const { FileStorage } = await load('holdfast/files')
      await inDirectory(async (local_storage_path) => {
        const files = await FileStorage.open({ local_storage_path, disk })
        await files.store('bytes', new Uint8Array([1, 2, 3]))
        await files.store('buffer', Buffer.from('abc'))
        await files.store('json', { list: [1], deep: { a: null } })
        await files.storeStream('stream', Readable.from([Buffer.from('ab'), new Uint8Array([99])]))
        assert.deepEqual([...(await files.retrieve('bytes'))], [1, 2, 3])
        assert.equal(Buffer.from(await files.retrieve('buffer')).toString(), 'abc')
        assert.deepEqual(await files.retrieve('json'), { list: [1], deep: { a: null } })
        assert.equal(Buffer.from(await files.retrieve('stream')).toString(), 'abc')
        assert.equal(await files.retrieve('none'), undefined)
        const soon = new Date(Date.now() + 3_600_000)
        await files.store('gone', 'text', {}, { expiresAt: soon })
        assert.equal(await files.retrieve('gone'), 'text')
        if (setTime !== undefined) {
          setTime(soon.getTime() + 1)
          assert.equal(await files.retrieve('gone'), undefined)
        }
        await files.close()
      })
    })
  }

  // Where there is a window, the clients of clouds take themselves to be in a browser.
  if (typeof window === 'undefined') {
    test('a bucket is asked again when a request fails', async () => {
      const { FileStorage } = await load('holdfast/files')
      const standIn = await startS3()
      const files = await FileStorage.open({
        s3_bucket_name: 'files',
        s3_endpoint: standIn.endpoint,
        s3_access_key_id: 'stand-in-key',
        s3_secret_access_key: 'stand-in-secret-0123456789',
        enable_local_fallback: false,
        timeout_seconds: 20,
      })
      const faults = [{ status: 503 }, 'reset']
      standIn.setFaults(() => faults.shift())
      await files.store('key', { stored: true })
      assert.deepEqual(await files.retrieve('key'), { stored: true })
      assert.equal(faults.length, 0)
      await files.close()
      await standIn.close()
    })
  }

  test('the changes of another handle are seen', async () => {
    const { FileSystemStorage } = await load('holdfast')
    await inDirectory(async (storageDir) => {
      const [one, other] = await Promise.all([
        FileSystemStorage.open({ storageDir }),
        FileSystemStorage.open({ storageDir }),
      ])
      const changes = one.watch()
      await other.saveVersion(sample('p', '1.0.0'))
      assert.equal((await changes.next()).value.prompt_id, 'p')
      await Promise.all([one.close(), other.close()])
    })
  })
}

async function inDirectory(work) {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-runners-'))
  try {
    await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

function sample(promptId, version) {
  return {
    version,
    prompt_id: promptId,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: {
      id: promptId,
      workflow_id: 'w',
      node_id: 'n',
      node_type: 'llm',
      text: 'hello',
      role: 'system',
      variables: [],
      context: {},
    },
    analysis: null,
    optimization_result: null,
  }
}
