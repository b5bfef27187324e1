import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ObjectService } from '../../../../src/objects/service.js'
import { loadS3, type S3Options } from '../../../../src/objects/s3/client.js'
import { probeDialect } from '../../../../src/objects/s3/dialect.js'
import { S3Service } from '../../../../src/objects/s3/service.js'
import { spoolBytes } from '../../../../src/objects/spool.js'
import { startS3 } from './standins/s3.mjs'
import {
  realSubjects,
  s3Config,
  s3StandIn,
  type CloudPlace,
  type CloudSubject,
  type Limitation,
} from './subjects.js'

const ROUNDS = 6
const RACERS = 8

const standInWithLimits: CloudSubject = {
  name: 'S3 (stand-in with limitations)',
  kind: 's3',
  limitations: new Set<Limitation>([
    'etags-without-quotes',
    'deletes-without-conditions',
    'completions-without-conditions',
    'versions-repeat',
  ]),
  makePlace: async () => {
    const standIn = await startS3({ dialect: { quotes: false, deletes: false, completes: false } })
    onTestFinished(async () => await standIn.close())
    return { ...(await s3StandIn.makePlace()), config: s3Config(standIn.endpoint) }
  },
}

describe.each(
  [s3StandIn, standInWithLimits, ...realSubjects()].filter(({ kind }) => kind === 's3'),
)('$name', (subject) => {
  it('has just the limitations that are stated of it', async () => {
    const options = optionsOf(await subject.makePlace())
    const measured = [...(await dialectLimits(options)), ...(await versionLimits(options))]
    if (await hasUnclearRaces(options)) measured.push('lost-races-unclear')
    expect(measured.toSorted()).toEqual([...subject.limitations].toSorted())
  })
})

function optionsOf({ config }: CloudPlace): S3Options {
  return {
    bucket: config.s3BucketName ?? '',
    endpoint: config.s3Endpoint,
    accessKeyId: config.s3AccessKeyId,
    secretAccessKey: config.s3SecretAccessKey,
    connectTimeoutMs: 5000,
    retries: 0,
    largeBytes: 2 ** 30,
  }
}

async function dialectLimits(options: S3Options): Promise<Limitation[]> {
  const { sdk, client } = await loadS3(options)
  const dialect = await probeDialect({ sdk, client, bucket: options.bucket, prefix: '' })
  client.destroy()
  return [
    ...(dialect.quotesETags ? [] : (['etags-without-quotes'] as const)),
    ...(dialect.deletesOnCondition ? [] : (['deletes-without-conditions'] as const)),
    ...(dialect.completesOnCondition ? [] : (['completions-without-conditions'] as const)),
  ]
}

/** Whether to store the same bytes once more leaves what a precondition compares as it was. */
async function versionLimits(options: S3Options): Promise<Limitation[]> {
  const service = await open(options)
  const first = await write(service, 'same', 'bytes')
  const second = await write(service, 'same', 'bytes', first)
  return first === second ? ['versions-repeat'] : []
}

/** Whether one that replaces what another writer has just replaced is told anything but that. */
async function hasUnclearRaces(options: S3Options): Promise<boolean> {
  const service = await open(options)
  let unclear = 0
  let version = await write(service, 'raced', 'begin')
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: RACERS }, async (_, at) => {
        return await write(service, 'raced', `${round} ${at}`, version)
      }),
    )
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    expect(won, 'replaced what was seen').toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') version = outcome.value
      else if ((outcome.reason as { kind?: unknown }).kind !== 'conflict') unclear++
    }
    await sleep(20)
  }
  return unclear > 0
}

async function open(options: S3Options): Promise<ObjectService> {
  const service = await S3Service.open(options, '')
  onTestFinished(() => service.close())
  return service
}

/** Stores bytes in the place of a version, and gives the new one. */
async function write(
  service: ObjectService,
  name: string,
  text: string,
  version?: string,
): Promise<string> {
  const precondition = version === undefined ? 'absent' : { version }
  const body = spoolBytes(Buffer.from(text))
  const { signal } = new AbortController()
  return (await service.write({ name, body, metadata: {}, precondition }, signal)).version
}
