import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { encodePromptFile } from '../../../../src/document/prompt-file.js'
import { Store } from '../../../../src/engine/store.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'
import {
  findPromptDirectories,
  listVersions,
  readable,
  readIfFile,
  readPromptId,
  scanPrompt,
  scanPrompts,
} from '../../../../src/versions/file-system/tree-scan.js'
import { tempDirectory } from '../../../support/temp.js'

const FLAT = new StoreLayout({ foldCase: false, shardDepth: 0 })
const LONG = 'x'.repeat(700)
const HASHED = FLAT.promptDirectory(LONG)
const ignore = (): void => undefined

/** A directory with these files; names that end with a slash are directories. */
async function tree(files: Readonly<Record<string, string>>): Promise<{
  readonly path: string
  readonly volume: Store['volume']
  [Symbol.asyncDispose](): Promise<void>
}> {
  const path = await tempDirectory()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name.endsWith('/') ? name : dirname(name)), { recursive: true })
    if (!name.endsWith('/')) await writeFile(join(path, name), content)
  }
  const store = await Store.open(path, { adopt: true })
  return { path, volume: store.volume, [Symbol.asyncDispose]: async () => await store.close() }
}

describe('the directories of prompts', () => {
  it('are told by their names and their depth, files and links aside', async () => {
    await using at = await tree({ 'p/': '', 'Q/': '', '.other/': '', 'q%2/': '', file: '' })
    await symlink('p', join(at.path, 'r'))
    const flat = await findPromptDirectories(at.volume, FLAT, ignore)
    expect(flat.map(({ directory }) => directory).sort()).toEqual(['Q', 'p'])
    const folded = new StoreLayout({ foldCase: true, shardDepth: 0 })
    const found = await findPromptDirectories(at.volume, folded, ignore)
    expect(found.map(({ directory }) => directory)).toEqual(['p'])
  })

  it('are in the shard of their id, and nowhere else', async () => {
    const layout = new StoreLayout({ foldCase: false, shardDepth: 1 })
    const own = layout.promptDirectory('p')
    const other = `${own.startsWith('0') ? '1' : '0'}/p`
    await using at = await tree({ [`${own}/`]: '', [`${other}/`]: '', 'p/': '', 'zz/p/': '' })
    const found = await findPromptDirectories(at.volume, layout, ignore)
    expect(found.map(({ directory }) => directory)).toEqual([own])
  })
})

describe('the versions of a directory', () => {
  it('are files with the name of a version', async () => {
    await using at = await tree({
      'p/1.0.0.json': '',
      'p/1.0.0-rc.1.json': '',
      'p/01.0.0.json': '',
      'p/1.0.json': '',
      'p/1.0.0.json.bak': '',
      'p/2.0.0.json/': '',
    })
    await symlink('1.0.0.json', join(at.path, 'p/3.0.0.json'))
    const versions = await listVersions(at.volume, FLAT, 'p')
    expect([...versions].sort()).toEqual(['1.0.0', '1.0.0-rc.1'])
    expect(await listVersions(at.volume, FLAT, 'missing')).toEqual([])
  })

  it('are left out with their directory if there is none, or if its id is unknown', async () => {
    await using at = await tree({
      'p/1.0.0.json': '',
      'q/notes.txt': '',
      [`${HASHED}/1.0.0.json`]: 'damaged',
    })
    expect(await scanPrompt(at.volume, FLAT, ['q'])).toBeUndefined()
    const directories = ['q', HASHED, 'p'].map((directory) => ({
      directory,
      directories: [directory],
    }))
    expect(await scanPrompts(at.volume, FLAT, directories, ignore)).toEqual([
      { promptId: 'p', versions: ['1.0.0'], found: { directory: 'p', directories: ['p'] } },
    ])
  })
})

describe('the id behind a hashed name', () => {
  const idFile = `${HASHED}/${FLAT.promptFile(LONG)?.split('/').at(-1) ?? ''}`

  it('is in its file, or else in the first version that has it', async () => {
    await using at = await tree({
      [idFile]: '{"prompt_id": "of another"}',
      [`${HASHED}/1.0.0.json`]: '{"prompt_id": "of another"}',
      [`${HASHED}/1.1.0.json`]: JSON.stringify({ prompt_id: LONG }),
    })
    const id = async (...versions: readonly string[]): Promise<string | undefined> =>
      await readPromptId(
        at.volume,
        FLAT,
        [HASHED],
        versions.map((version) => ({ directory: HASHED, version, form: 'plain' })),
      )
    expect(await id('1.0.0', '1.1.0')).toBe(LONG)
    expect(await id('1.0.0')).toBeUndefined()
    await writeFile(join(at.path, idFile), encodePromptFile(LONG))
    expect(await id()).toBe(LONG)
  })
})

describe('reading', () => {
  it('passes over a link and a directory, and over a file that is too large', async () => {
    await using at = await tree({ 'p/1.0.0.json': '12345', 'p/2.0.0.json/': '' })
    await symlink('1.0.0.json', join(at.path, 'p/3.0.0.json'))
    const read = async (path: string, maxBytes = 5): Promise<string | undefined> => {
      const bytes = await readIfFile(at.volume, path, maxBytes)
      return bytes && Buffer.from(bytes).toString()
    }
    expect(await read('p/1.0.0.json')).toBe('12345')
    expect(await read('p/1.0.0.json', 4)).toBeUndefined()
    expect(await read('p/2.0.0.json')).toBeUndefined()
    expect(await read('p/3.0.0.json')).toBeUndefined()
    expect(await read('p/4.0.0.json')).toBeUndefined()
  })

  it('skips a directory only if permissions forbid it', async () => {
    const refused: string[] = []
    const fail = async (code: 'FS-PERM-001' | 'FS-IO-001'): Promise<unknown> =>
      await readable(
        'p',
        (directory) => refused.push(directory),
        async () => await Promise.reject(new StorageError(code, 'refused')),
      )
    expect(await fail('FS-PERM-001')).toBeUndefined()
    expect(refused).toEqual(['p'])
    await expect(fail('FS-IO-001')).rejects.toMatchObject({ code: 'FS-IO-001' })
  })
})
