import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { openStore } from './support.js'

const COUNT = 1000
const HUGE = 20 * 1024 ** 3

/** What other programs, disks and attackers may leave under the name of a derived file. */
const OBSTACLES: Readonly<Record<string, (path: string, outside: string) => Promise<void>>> = {
  'nothing at all': async () => await Promise.resolve(),
  'an empty file': async (path) => await writeFile(path, ''),
  'a text of another program': async (path) =>
    await writeFile(path, 'another program\n'.repeat(1000)),
  'zeros, as after loss of power': async (path) => await writeFile(path, Buffer.alloc(100_000)),
  'a huge file': async (path) => {
    await writeFile(path, '{')
    await truncate(path, HUGE)
  },
  'a directory': async (path) => await mkdir(path),
  'a link to a file outside': async (path, outside) => await symlink(outside, path),
  'a link to itself': async (path) => await symlink(path, path),
  'a FIFO without a writer': async (path) => {
    spawnSync('mkfifo', [path])
    await Promise.resolve()
  },
}

let storageDir = ''

beforeAll(async () => {
  storageDir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  await storage.saveVersions(
    Array.from({ length: COUNT }, (_, at) =>
      sampleVersion('p', `1.0.${at}`, { metadata: { message: `m${at}` } }),
    ),
  )
  await storage.close()
  await sleep(50)
})

/** Uses what the derived files are for, and closes, which writes them. */
async function useAll(storage: FileSystemStorage): Promise<void> {
  const summaries = await storage.listVersionSummaries('p')
  expect(summaries.map(({ message }) => message)).toEqual(
    Array.from({ length: COUNT }, (_, at) => `m${at}`),
  )
  for (let at = 0; at < 20; at++) await storage.getVersion('p', '1.0.7')
  const usage = await storage.cacheUsage()
  expect(usage?.documents[0]).toMatchObject({ prompt_id: 'p', version: '1.0.7' })
  expect(await storage.warmCache({ topN: 1 })).toBe(1)
  await storage.close()
}

describe.each(['.summaries.jsonl', '.usage.json'])('in the place of %s', (name) => {
  it.each(Object.keys(OBSTACLES))('%s harms nothing', async (obstacle) => {
    const path = join(storageDir, name)
    const outside = join(await tempDirectory(), 'outside')
    await writeFile(outside, 'theirs')
    await rm(path, { recursive: true, force: true })
    await OBSTACLES[obstacle]?.(path, outside)
    for (const disk of ['native', 'portable'] as const)
      await useAll(await openStore(storageDir, { disk }))
    expect(await readFile(outside, 'utf8')).toBe('theirs')
    const storage = await openStore(storageDir)
    expect((await storage.verify()).findings).toEqual([])
    expect(await storage.listVersionNames('p')).toHaveLength(COUNT)
    await storage.close()
    await rm(path, { recursive: true, force: true })
  })
})
