import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORMATS, readItems, type Format } from '../../../src/interchange/read-items.js'
import { tempDirectory } from '../../support/temp.js'
import { Repository } from './git/repository.js'

async function ids(format: Format, ...paths: readonly string[]): Promise<string[]> {
  const history = { revision: 'HEAD', patterns: undefined }
  const found: string[] = []
  for await (const item of readItems(format, paths, history))
    found.push(item.kind === 'version' ? item.promptId : `${item.place}: ${item.reason}`)
  return found
}

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await tempDirectory()
  await mkdir(join(directory, 'sub'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  return directory
}

describe('what is imported', () => {
  it('is in the files of a directory and below it, or in one that is named', async () => {
    const directory = await tree({ 'a.json': '{"text":"Hi"}', 'sub/b.json': '3', 'c.prompt': 'Hi' })
    expect(await ids('json', directory)).toEqual([
      'a',
      expect.stringContaining('sub/b.json: it is not a prompt'),
    ])
    expect(await ids('dotprompt', directory)).toEqual(['c'])
    expect(await ids('dotprompt', join(directory, 'c.prompt'))).toEqual(['c'])
  })

  it('is in exports of Langfuse, one after the other', async () => {
    const one = JSON.stringify({ name: 'one', version: 1, prompt: 'Hi' })
    const directory = await tree({ 'a.json': one, 'b.json': `[${one}]`, 'c.txt': 'no' })
    expect(await ids('langfuse', directory)).toEqual(['one', 'one'])
    expect(await ids('langfuse', join(directory, 'b.json'))).toEqual(['one'])
  })

  it('is in configurations of promptfoo, and in the files beside them', async () => {
    const directory = await tree({ 'a.yaml': 'prompts: [file://sub/*.txt]', 'sub/x.txt': 'Hi' })
    expect(await ids('promptfoo', join(directory, 'a.yaml'))).toEqual(['sub/x'])
  })

  it('is in the history of a repository', async () => {
    const repository = await Repository.create()
    repository.write('a.txt', 'Hi')
    repository.commit('One')
    expect(await ids('git', repository.path)).toEqual(['a'])
  })

  it('has to be there', async () => {
    const missing = join(await tempDirectory(), 'missing')
    for (const format of FORMATS)
      await expect(ids(format, missing)).rejects.toMatchObject({
        code: format === 'git' ? 'OPT-FORMAT-003' : 'OPT-FORMAT-001',
      })
  })
})
