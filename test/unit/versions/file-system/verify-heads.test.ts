import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { JsonObject } from '../../../../src/document/json.js'
import { decodeVersionFile, encodeVersionFile } from '../../../../src/document/version-file.js'
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

  it('names a damaged head, and leaves it if its history is damaged or missing too', async () => {
    const { storage, within } = await labelled()
    const path = join(within, '.labels.json')
    const history = join(within, '.labels.jsonl')
    const [text, moves] = [await readFile(path, 'utf8'), await readFile(history, 'utf8')]
    for (const lose of [
      async () => await rm(history),
      async () => await appendFile(history, 'x'),
    ]) {
      await lose()
      await writeFile(path, text.replace('"by": "test"', '"by": "best"'))
      expect(await found(storage)).toEqual(['checksum-mismatch p/.labels.json'])
      await writeFile(path, text.slice(9))
      expect(await found(storage)).toEqual(['damaged-json p/.labels.json'])
      await writeFile(path, '{"labels":[]}')
      expect(await found(storage)).toEqual(['schema p/.labels.json'])
      await writeFile(history, moves)
    }
    await rm(path)
    await mkdir(path)
    expect(await found(storage)).toEqual(['not-a-file p/.labels.json'])
  })

  it.each([
    ['checksum-mismatch', (text: string) => text.replace('"by": "test"', '"by": "best"')],
    ['damaged-json', (text: string) => text.slice(9)],
    ['damaged-json', () => ''],
    ['schema', () => '{"labels":[]}'],
  ])(
    'writes a head again that was damaged (%s), as its history proves it',
    async (kind, damage) => {
      const { storage, within } = await labelled()
      await storage.saveVersion(sampleVersion('p', '1.0.2'))
      await storage.deleteVersion('p', '1.0.2')
      const [path, head] = [join(within, '.labels.json'), await storage.readHead('p')]
      const whole = await readFile(path, 'utf8')
      const damaged = damage(whole)
      await writeFile(path, damaged)
      await expect(storage.readHead('p')).rejects.toMatchObject({ code: /^FS-LOAD-00[12]$/ })
      expect((await storage.verify()).findings).toMatchObject([{ kind, repaired: false }])
      expect(await readFile(path, 'utf8')).toBe(damaged)
      const { findings } = await storage.verify({ repair: true })
      expect(findings).toMatchObject([{ kind, path: 'p/.labels.json', repaired: true }])
      const aside = /now '(\.quarantine\/[^']+)'/.exec(findings[0]?.detail ?? '')?.[1] ?? ''
      expect(await readFile(join(within, '..', aside), 'utf8')).toBe(damaged)
      expect(await storage.readHead('p')).toEqual(head)
      expect(await readFile(path, 'utf8')).toBe(whole)
      expect((await storage.verify()).findings).toEqual([])
      await label(storage, 'p', '1.0.0')
      expect(await storage.listLabelMoves('p')).toHaveLength(3)
    },
  )

  it('writes a head again that was removed', async () => {
    const { storage, within } = await labelled()
    const head = await storage.readHead('p')
    await rm(join(within, '.labels.json'))
    const { findings } = await storage.verify({ repair: true })
    expect(findings).toMatchObject([{ kind: 'label-history', repaired: true }])
    expect(await storage.readHead('p')).toEqual(head)
    expect((await storage.verify()).findings).toEqual([])
  })

  it('leaves a head whose history has lost a file, one of another form, and too many at once', async () => {
    const { storage, within } = await labelled()
    const path = join(within, '.labels.json')
    const text = await readFile(path, 'utf8')
    await writeFile(join(within, '.labels.3.jsonl'), '')
    await writeFile(path, 'x')
    expect(await found(storage)).toEqual(['damaged-json p/.labels.json'])
    await rm(join(within, '.labels.3.jsonl'))
    const { checksum: _, ...fields } = decodeVersionFile(Buffer.from(text)).document as JsonObject
    const later = encodeVersionFile({ ...fields, pinned: true }, { checksum: true })
    await writeFile(path, later)
    expect(await found(storage)).toEqual(['schema p/.labels.json'])
    await writeFile(path, 'x')
    const { findings, held_back } = await storage.verify({ repair: true, quarantineMax: 0 })
    expect([findings[0]?.repaired, held_back]).toEqual([false, 1])
    expect(await readFile(path, 'utf8')).toBe('x')
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
    expect((await storage.verify()).findings).toMatchObject([
      { kind: 'label-history', path: 'p/.labels.jsonl', repaired: false },
    ])
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
