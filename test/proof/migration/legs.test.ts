import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createStorage } from '../../../src/config/create-storage.js'
import { openCloud } from '../../../src/files/bucket/open.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { SEED } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'
import { realS3Options } from '../../unit/buckets/places.js'
import { ended, start } from '../../unit/cli/holdfast.js'
import { startS3 } from '../../unit/files/bucket/standins/s3.mjs'
import { digestsOf, makeSource } from './content.js'
import { Numbers } from './random.js'

/**
 * `HOLDFAST_MIGRATION_VERSIONS=20000 npx vitest run --project proofs migration`; behind
 * `node test/unit/files/bucket/ceph.mjs run --`, by way of Ceph.
 */
const VERSIONS = Number(process.env['HOLDFAST_MIGRATION_VERSIONS'] ?? 400)
const KILLS = Number(process.env['HOLDFAST_MIGRATION_KILLS'] ?? 2)
/** For 20,000 versions on a busy machine. */
const LEGS_MAX_MS = 1_800_000

/** A store that the versions come through. Undefined where it cannot be reached here. */
interface Stop {
  readonly name: string
  url(): Promise<string | undefined>
}

const STOPS: readonly Stop[] = [
  { name: 'files', url: async () => `file:${join(await tempDirectory(), 'store')}` },
  { name: 'SQLite', url: async () => `sqlite:${join(await tempDirectory(), 'store.db')}` },
  {
    name: 'PostgreSQL',
    url: async () => (POSTGRES_LEFT_OUT === undefined ? await testDatabase() : undefined),
  },
  { name: 'S3', url: s3Url },
  { name: 'files', url: async () => `file:${join(await tempDirectory(), 'store')}` },
]

test(
  `${VERSIONS} versions come through every kind of store, killed ${KILLS} times on the way to each (seed ${SEED})`,
  async () => {
    const numbers = new Numbers(SEED)
    const source = await makeSource(VERSIONS, numbers)
    const wanted = await digestsOf(source)
    const file = join(await tempDirectory(), 'memory.json')
    await writeFile(file, JSON.stringify(source.exportData()))
    let from = { name: 'memory', url: `json:${file}` }
    const trees: Record<string, string>[] = []
    for (const { name, url } of STOPS) {
      const to = await url()
      if (to === undefined) {
        console.log(`left out: ${name} cannot be reached here`)
        continue
      }
      const startMs = performance.now()
      const kills = await migrateKilled(from.url, to, numbers)
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
      console.log(`${from.name} to ${name}: ${kills} kills, ${seconds} s`)
      expect(kills, `${from.name} to ${name}`).toBe(KILLS)
      await using storage = await createStorage(to)
      expect(await digestsOf(storage), name).toEqual(wanted)
      if (to.startsWith('file:')) trees.push(await versionFiles(to.slice('file:'.length)))
      from = { name, url: to }
    }
    expect(Object.keys(trees[0] ?? {}).length).toBeGreaterThan(VERSIONS * 0.9)
    expect(trees.at(-1)).toEqual(trees[0])
  },
  LEGS_MAX_MS,
)

/** Kills the command each time that it has written a further part, and lets the last one end. Returns how often. */
async function migrateKilled(from: string, to: string, numbers: Numbers): Promise<number> {
  const state = join(await tempDirectory(), 'state.jsonl')
  const env = { HOLDFAST_FROM: from, HOLDFAST_TO: to }
  const args = ['migrate', '--state', state, '--validate', '--json']
  // A part has at most 64 versions.
  const partsBetween = Math.max(3, Math.floor(VERSIONS / 64 / (KILLS + 1)))
  let kills = 0
  let written = 0
  while (kills < KILLS) {
    const child = start([...args, '--rate', String(VERSIONS)], { env })
    const output = ended(child)
    const limit = written + 1 + numbers.below(partsBetween)
    while (child.exitCode === null && (await changesIn(state)) < limit) await sleep(5)
    await sleep(numbers.below(40))
    if (child.exitCode !== null) return complete(await output, kills)
    child.kill('SIGKILL')
    await output
    kills++
    written = await changesIn(state)
  }
  return complete(await ended(start(args, { env })), kills)
}

function complete(
  { code, stdout, stderr }: Awaited<ReturnType<typeof ended>>,
  kills: number,
): number {
  // A client may warn of its version of Node.
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ resumed: kills > 0, validation: { differences: [] } })
  return kills
}

async function changesIn(state: string): Promise<number> {
  const text = await readFile(state, 'utf8').catch(() => '')
  return text.split('"kind":"change"').length - 1
}

/** In the real service that S3_TEST_ENDPOINT names, or else in the stand-in. */
async function s3Url(): Promise<string> {
  const { S3_TEST_ENDPOINT: endpoint } = process.env
  const options =
    endpoint === undefined
      ? { s3BucketName: 'files', ...(await standIn()) }
      : realS3Options(endpoint)
  const cloud = await openCloud(options)
  await cloud?.createBucket()
  await cloud?.close()
  const url = new URL(`s3://${options.s3BucketName}/migrated`)
  url.searchParams.set('s3_endpoint', options.s3Endpoint)
  url.searchParams.set('s3_access_key_id', options.s3AccessKeyId ?? '')
  url.searchParams.set('s3_secret_access_key', options.s3SecretAccessKey ?? '')
  return url.href
}

async function standIn() {
  const server = await startS3()
  onTestFinished(async () => await server.close())
  return {
    s3Endpoint: server.endpoint,
    s3AccessKeyId: 'stand-in-key',
    s3SecretAccessKey: 'stand-in-secret',
  }
}

/** The checksum of each file of a version, by its path. */
async function versionFiles(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^\d+\.\d+\.\d+\.json$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    found[relative(directory, path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  }
  return found
}
