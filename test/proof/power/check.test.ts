import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileSystemStorage } from 'holdfast'
import { beforeAll, describe, expect, it } from 'vitest'
import { digestOf, documentOf, keyOf } from '../crash/documents.mjs'
import { tempDirectory } from '../../support/temp.js'
import type { Mark, Problem } from './history.mjs'

const CHECK = fileURLToPath(new URL('check.mjs', import.meta.url))
const PROMPTS = ['first', 'second', 'third']

let good: string
let marks: readonly Mark[]

beforeAll(async () => {
  good = join(await tempDirectory(), 'store')
  const documents = PROMPTS.map((promptId) =>
    documentOf({ promptId, version: '1.0.0', salt: 'check', textBytes: 500 }),
  )
  await using storage = await FileSystemStorage.open({ storageDir: good })
  for (const document of documents) await storage.saveVersion(document)
  await storage.deleteVersion('third', '1.0.0')
  marks = documents.flatMap((document) => {
    const key = keyOf(document.prompt_id, document.version)
    const saved = { issue: `save ${key}`, changes: [[key, digestOf(document)] as const] }
    if (document.prompt_id !== 'third') return [saved, { ack: saved.issue }]
    const deleted = { issue: `delete ${key}`, changes: [[key, null] as const] }
    return [saved, { ack: saved.issue }, deleted, { ack: deleted.issue }]
  })
})

describe('the independent check', () => {
  it('finds nothing wrong with what the library has left', async () => {
    expect(check(await copy())).toEqual([])
  })

  it.each<[string, string, (directory: string) => Promise<void>]>([
    ['a file is gone', 'lost', async (path) => await rm(join(path, 'first/1.0.0.json'))],
    [
      'a file is empty',
      'torn',
      async (path) => await writeFile(join(path, 'first/1.0.0.json'), ''),
    ],
    ['a file is cut off', 'torn', async (path) => await change(path, (text) => text.slice(0, -5))],
    ['a byte is another', 'torn', async (path) => await change(path, (text) => swap(text))],
    [
      'two files have changed places',
      'torn',
      async (path) => {
        await rename(join(path, 'first/1.0.0.json'), join(path, 'first/1.0.1.json'))
      },
    ],
    [
      'a deleted version is back',
      'alien',
      async (path) => {
        await mkdir(join(path, 'third'), { recursive: true })
        const text = await readFile(join(path, 'first/1.0.0.json'), 'utf8')
        await writeFile(join(path, 'third/1.0.0.json'), text)
      },
    ],
    [
      'a staged file was left',
      'leftover',
      async (path) => {
        await mkdir(join(path, '.tmp'), { recursive: true })
        await writeFile(join(path, '.tmp/left'), 'x')
      },
    ],
  ])('says so when %s', async (_, kind, damage) => {
    const directory = await copy()
    await damage(directory)
    const expected = kind === 'alien' ? ['torn', 'alien', 'changed'] : [kind]
    expect(expected).toContain(check(directory)[0])
  })

  it('compares the names that the library lists with the files', async () => {
    const directory = await copy()
    const first = keyOf('first', '1.0.0')
    expect(check(directory, [first])).toEqual(['index'])
    expect(check(directory, [first, keyOf('second', '1.0.0')])).toEqual([])
    expect(check(directory, [first, keyOf('second', '1.0.0'), keyOf('x', '1.0.0')])).toEqual([
      'index',
    ])
  })
})

async function copy(): Promise<string> {
  const directory = join(await tempDirectory(), 'store')
  await cp(good, directory, { recursive: true })
  return directory
}

async function change(directory: string, how: (text: string) => string): Promise<void> {
  const path = join(directory, 'first/1.0.0.json')
  await writeFile(path, how(await readFile(path, 'utf8')))
}

function swap(text: string): string {
  return text.replace('check', 'chick')
}

function check(directory: string, names?: readonly string[]): string[] {
  const question = { marks: marks.length, reader: 'versions', directory, names }
  const { stdout } = spawnSync(process.execPath, [CHECK], {
    input: `${JSON.stringify({ history: marks })}\n${JSON.stringify(question)}\n`,
    encoding: 'utf8',
  })
  const { problems } = JSON.parse(stdout) as { readonly problems: readonly Problem[] }
  return problems.map(({ kind }) => kind)
}
