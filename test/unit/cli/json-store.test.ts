import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJsonStore } from '../../../src/cli/json-store.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'

describe('a store in a file of JSON', () => {
  it('is written as a whole, and read again', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'export.json')
    const first = await openJsonStore(file, true)
    await first.storage.saveVersion(sampleVersion('p', '1.0.0-beta.1'))
    expect(await readdir(directory)).toEqual([])
    await first.save()
    expect(await readdir(directory)).toEqual(['export.json'])
    const second = await openJsonStore(file, false)
    expect(await second.storage.listVersionNames('p')).toEqual(['1.0.0-beta.1'])
    await second.storage.saveVersion(sampleVersion('p', '1.0.0'))
    await second.save()
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'holdfast-versions' })
    expect(await readdir(directory)).toEqual(['export.json'])
  })

  it('is not written over a file that has changed meanwhile, or has come', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'export.json')
    const [one, other] = [await openJsonStore(file, true), await openJsonStore(file, true)]
    await one.save()
    await expect(other.save()).rejects.toMatchObject({ code: 'CLI-INPUT-001', message: /EEXIST/ })
    const third = await openJsonStore(file, true)
    await writeFile(file, '{}')
    await expect(third.save()).rejects.toThrow(/was changed meanwhile/)
    expect(await readdir(directory)).toEqual(['export.json'])
  })

  it('is refused where there is no file, or another one', async () => {
    const directory = await tempDirectory()
    const refused = { code: 'CLI-INPUT-001' }
    const file = join(directory, 'export.json')
    await expect(openJsonStore(file, false)).rejects.toMatchObject(refused)
    await mkdir(join(directory, 'd'))
    await expect(openJsonStore(join(directory, 'd'), true)).rejects.toMatchObject(refused)
    await writeFile(file, 'no JSON')
    await expect(openJsonStore(file, true)).rejects.toThrow(/export\.json is not JSON/)
    await writeFile(file, '{"versions":[]}')
    await expect(openJsonStore(file, true)).rejects.toThrow(/must be what exportData gives/)
  })
})
