import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileSystemStorage } from '../../../src/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { checkDerived } from './derived-files.mjs'

/** Enough for the file of summaries. */
const VERSIONS = 1000

it('notices summaries and counts that are not as the documents say', async () => {
  const storageDir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  await storage.saveVersions(
    Array.from({ length: VERSIONS }, (_, at) => sampleVersion('p', `1.0.${at}`)),
  )
  // The directory gets no other stamp within a tick of the clock.
  await new Promise((resolve) => setTimeout(resolve, 50))
  await storage.listVersionSummaries('p')
  for (let at = 0; at < 20; at++) await storage.getVersion('p', `1.0.${at}`)
  await storage.close()
  expect(checkDerived(storageDir)).toEqual({ problems: [], lines: 1 })

  const path = join(storageDir, '.summaries.jsonl')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(/"size":\d/, '"size":9'))
  expect(checkDerived(storageDir).problems).toEqual([
    'line 1 of .summaries.jsonl has no valid checksum',
  ])
  const body = text.slice(0, text.lastIndexOf(',"checksum"')).replace(/"size":\d/, '"size":9')
  const checksum = createHash('sha256').update(body).digest('hex')
  await writeFile(path, `${body},"checksum":"sha256:${checksum}"}\n`)
  expect(checkDerived(storageDir).problems).toHaveLength(1)
  expect(checkDerived(storageDir).problems[0]).toMatch(/^the summary of p 1\.0\.0 says /)

  await writeFile(path, '')
  const usage = join(storageDir, '.usage.json')
  await writeFile(usage, (await readFile(usage, 'utf8')).slice(0, 30))
  expect(checkDerived(storageDir).problems[0]).toMatch(/^\.usage\.json is not whole/)
})
