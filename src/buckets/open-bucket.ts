import { wrongArgument } from '../base/misuse.js'
import { openService } from '../objects/open-service.js'
import type { ObjectService } from '../objects/service.js'
import { Bucket } from './bucket.js'
import type { ResolvedBucketSourceOptions } from './bucket-storage-options.js'
import { Changes } from './changes.js'
import { Commits } from './commits.js'
import { DocumentObjects } from './document-objects.js'
import { finishForgotten } from './forgotten.js'
import { Heads } from './heads.js'
import type { LocalCache } from './local-cache.js'
import { ObjectNames } from './object-names.js'
import { PromptReader } from './prompt-reader.js'
import { TransactionRecords } from './records.js'
import { StoreMark } from './store-mark.js'
import { Transactions } from './transactions.js'

/** The parts of an open store. */
export interface OpenBucket {
  readonly bucket: Bucket
  readonly names: ObjectNames
  readonly mark: StoreMark
  readonly heads: Heads
  readonly reader: PromptReader
  readonly documents: DocumentObjects
  readonly transactions: Transactions
  readonly changes: Changes
  readonly local: LocalCache | undefined
  readonly isReadOnly: boolean
  readonly staleMs: number
}

/** Opens the store of a bucket, or makes it. @throws as `BucketStorage.open` */
export async function openBucket(options: ResolvedBucketSourceOptions): Promise<OpenBucket> {
  const service = await openService(options)
  if (service === undefined) throw wrongArgument('The options name no bucket')
  return await openOver(service, options)
}

/** As `openBucket`. @param service closed with the store */
export async function openOver(
  service: ObjectService,
  options: ResolvedBucketSourceOptions,
): Promise<OpenBucket> {
  const { cloudPrefix, maxRetries, timeoutSeconds, breakerSeconds, staleMs } = options
  const bucket = new Bucket(service, cloudPrefix, {
    retries: maxRetries,
    timeoutMs: timeoutSeconds * 1000,
    breakerMs: breakerSeconds * 1000,
  })
  let local: LocalCache | undefined
  try {
    local = await openLocal(options)
    const names = new ObjectNames(cloudPrefix)
    const records = new TransactionRecords(bucket, names)
    const heads = new Heads(bucket, names, records, options)
    const { lockTimeoutMs, pollIntervalMs } = options
    const reader = new PromptReader({ bucket, names, heads, lockTimeoutMs, local })
    const documents = new DocumentObjects(bucket, names, heads, reader)
    const mark = new StoreMark(bucket, names)
    const commits = new Commits({ bucket, names, heads, records, reader, documents })
    const transactions = new Transactions({ heads, reader, commits, lockTimeoutMs })
    const rules = { place: bucket.place, staleMs, pollIntervalMs }
    const changes = new Changes(reader, names, rules)
    const isReadOnly = options.readOnly
    if (!isReadOnly) await bucket.prepare()
    await mark.open(options.create && !isReadOnly, !isReadOnly)
    if (!isReadOnly) await finishForgotten({ heads, records, bucket })
    return {
      bucket,
      names,
      mark,
      heads,
      reader,
      documents,
      transactions,
      changes,
      local,
      isReadOnly,
      staleMs,
    }
  } catch (error) {
    bucket.close()
    await local?.close()
    throw error
  }
}

/** Loaded where it is used: it brings the store of directories. */
async function openLocal({
  cacheDir,
  cacheDirBytes,
}: ResolvedBucketSourceOptions): Promise<LocalCache | undefined> {
  if (cacheDir === undefined) return undefined
  return await (await import('./local-cache.js')).LocalCache.open(cacheDir, cacheDirBytes)
}
