import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'

async function labelled(): Promise<{ storage: FileSystemStorage; within: string }> {
  const storageDir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  onTestFinished(async () => await storage.close())
  await storage.saveVersions([sampleVersion('p', '1.0.0'), sampleVersion('p', '1.0.1')])
  await label(storage, 'p', '1.0.0')
  await label(storage, 'p', '1.0.1')
  return { storage, within: join(storageDir, 'p') }
}

/** The findings, repaired or not: none of them is repaired. */
async function found(storage: FileSystemStorage): Promise<readonly string[]> {
  for (const repair of [true, false])
    expect((await storage.verify({ repair })).findings.filter((one) => one.repaired)).toEqual([])
  return (await storage.verify()).findings.map(({ kind, path }) => `${kind} ${path}`)
}

describe('the verification of heads', () => {
  it('finds nothing wrong with them while labels move', async () => {
    const { storage } = await labelled()
    const moving = (async () => {
      for (let round = 0; round < 60; round++) {
        await storage.saveVersion(sampleVersion('p', `1.1.${round}`))
        await label(storage, 'p', `1.1.${round}`)
        if (round > 0) await storage.deleteVersion('p', `1.1.${round - 1}`)
      }
    })()
    for (let round = 0; round < 8; round++) expect((await storage.verify()).findings).toEqual([])
    await moving
  })

  it('names a damaged head, and leaves it where it is', async () => {
    const { storage, within } = await labelled()
    const path = join(within, '.labels.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"by": "test"', '"by": "best"'))
    expect(await found(storage)).toEqual(['checksum-mismatch p/.labels.json'])
    await writeFile(path, text.slice(9))
    expect(await found(storage)).toEqual(['damaged-json p/.labels.json'])
    await writeFile(path, '{"labels":[]}')
    expect(await found(storage)).toEqual(['schema p/.labels.json'])
    await rm(path)
    await mkdir(path)
    expect(await found(storage)).toEqual(['not-a-file p/.labels.json'])
  })

  it('names a history that is damaged, or leads to other labels', async () => {
    const { storage, within } = await labelled()
    const path = join(within, '.labels.jsonl')
    const text = await readFile(path, 'utf8')
    const [first = '', second = ''] = text.trim().split('\n')
    await appendFile(path, 'x\n')
    expect(await found(storage)).toEqual(['damaged-json p/.labels.jsonl'])
    for (const wrong of [`${first}\n`, `${second}\n${first}\n`, `${text}${first}\n`]) {
      await writeFile(path, wrong)
      expect(await found(storage)).toEqual(['label-history p/.labels.jsonl'])
    }
    await writeFile(path, text)
    expect(await found(storage)).toEqual([])
    await rm(join(within, '.labels.json'))
    expect(await found(storage)).toEqual(['label-history p/.labels.jsonl'])
  })

  it('names a label whose version is missing', async () => {
    const { storage, within } = await labelled()
    await rm(join(within, '1.0.1.json'))
    const { findings } = await storage.verify()
    expect(findings).toContainEqual({
      kind: 'dangling-label',
      path: 'p/.labels.json',
      detail: 'label "production" names version 1.0.1, which does not exist',
      repaired: false,
    })
  })
})
