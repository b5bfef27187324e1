import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOSTILE_KEYS } from '../../../../src/files/conformance/keys.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { tempDirectory } from '../../../support/temp.js'

const LARGE = 3_000_000

describe('what is in a directory of files', () => {
  it('is of the storage, whatever the keys, codecs and sizes, also while others store and delete', async () => {
    const path = await tempDirectory()
    const config = { local_storage_path: path, require_encryption: false }
    await using storage = await FileStorage.open(config)
    await using other = await FileStorage.open({
      ...config,
      enable_encryption: true,
      encryption_key: 'k'.repeat(12),
    })
    await storage.storeMany(HOSTILE_KEYS.map((key) => ({ key, data: key })))
    await other.storeMany(
      HOSTILE_KEYS.map((key) => ({ key: `enc/${key}`, data: 'x'.repeat(2000) })).filter(
        ({ key }) => key.length < 500,
      ),
    )
    await storage.store('large', Buffer.alloc(LARGE, 'abc'))
    let busy = true
    const writer = (async () => {
      for (let at = 0; at < 60; at++) {
        await other.store(`busy/${at % 5}`, at % 2 === 0 ? 'x' : 'x'.repeat(5000))
        if (at % 3 === 0) await other.delete(`busy/${at % 5}`)
      }
      busy = false
    })()
    const seen: unknown[] = []
    while (busy) seen.push(...(await other.verify()).strays)
    await writer
    expect(seen).toEqual([])
    expect(await other.verify()).toMatchObject({ problems: [], strays: [] })
  })

  it('and is not, is told and left where it is', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('a/kept.txt', 'x')
    await writeFile(join(path, '.hidden'), 'x')
    await writeFile(join(path, 'a', 'UPPER.GZ'), 'x')
    await writeFile(join(path, '.meta', 'notes'), 'x')
    await mkdir(join(path, 'node.modules', 'deep'), { recursive: true })
    await symlink('/etc/passwd', join(path, 'a', 'link.txt'))
    const { strays, problems } = await storage.verify({ repair: true })
    expect(problems).toEqual([])
    expect(strays).toEqual([
      { path: '.hidden', kind: 'foreign-file' },
      { path: '.meta/notes', kind: 'foreign-file' },
      { path: 'a/UPPER.GZ', kind: 'foreign-file' },
      { path: 'a/link.txt', kind: 'foreign-file' },
      { path: 'node.modules', kind: 'foreign-directory' },
    ])
    expect(await readdir(join(path, 'a'))).toEqual(['UPPER.GZ', 'kept.txt', 'link.txt'])
    expect((await storage.verify({ prefix: 'a/' })).strays).toEqual([])
    await expect(storage.verify({ repair: 'yes' } as never)).rejects.toThrow(TypeError)
  })

  it('and is behind a link to documents is told, and no payload of theirs is put aside', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('a/b', 'x')
    const moved = await tempDirectory()
    await rename(join(path, '.meta', 'a'), join(moved, 'a'))
    await symlink(join(moved, 'a'), join(path, '.meta', 'a'))
    const { strays } = await storage.verify({ repair: true })
    expect(strays).toEqual([{ path: '.meta/a', kind: 'foreign-file' }])
    await rm(join(path, '.meta', 'a'))
    await rename(join(moved, 'a'), join(path, '.meta', 'a'))
    expect(await storage.retrieve('a/b')).toBe('x')
  })

  it('and may be a file whose document was lost, is put aside only when asked, whole', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('a/small.txt', 'small')
    await storage.store('a/packed', 'x'.repeat(9000))
    await storage.store('large', Buffer.alloc(LARGE, 7), {}, {})
    await storage.store('fine.txt', 'x')
    const lost = ['a/small.txt', 'a/packed~f', 'large~f']
    for (const name of lost) await rm(join(path, '.meta', `${name}.json`))
    const before = await storage.verify()
    const kind = 'payload-without-document'
    expect(before.checked).toBe(1)
    expect(before.strays).toEqual([
      { path: 'a/packed~f.gz', kind, key: 'a/packed' },
      { path: 'a/small.txt', kind, key: 'a/small.txt' },
      { path: 'large~f.gz', kind, key: 'large' },
    ])
    const contents = await Promise.all(
      before.strays.map(async (stray) => await readFile(join(path, stray.path))),
    )
    const { strays } = await storage.verify({ repair: true })
    for (const [at, { quarantined = '' }] of strays.entries()) {
      expect(quarantined).toMatch(/^\.quarantine\//)
      expect((await readFile(join(path, quarantined))).equals(contents[at] ?? Buffer.of())).toBe(
        true,
      )
    }
    expect((await storage.verify()).strays).toEqual([])
    await storage.store('a/small.txt', 'new')
    expect(await storage.retrieve('a/small.txt')).toBe('new')
  })
})
