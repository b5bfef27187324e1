import { randomBytes } from 'node:crypto'
import { wrongArgument } from '../../base/misuse.js'
import { StorageError } from '../../base/errors.js'
import { parseKeyRecords, withRecords, type KeyRecords } from '../pipeline/keys.js'
import { spoolBytes } from '../../objects/spool.js'
import { isFailure } from '../../objects/failure.js'
import type { ConditionalChange } from '../../objects/conditional-change.js'
import { keysMetadata } from './metadata.js'
import type { ObjectService, Precondition } from '../../objects/service.js'
import { ofBucket, type RequestPolicy } from '../../objects/policy.js'

/** The object, behind the prefix, with the records that identify the encryption keys. No file has its name. */
export const KEYS_OBJECT = '.holdfast-keys'
/** Begins the names, behind the prefix, of the objects that keep versions. */
export const VERSIONS_PREFIX = '.holdfast-versions/'
const BYTES_MAX = 64 * 1024

export interface CloudKeysParts {
  readonly service: ObjectService
  readonly policy: RequestPolicy
  readonly change: ConditionalChange
  readonly name: string
}

/** @throws TypeError for the key of a file that would have the name of an object of the bucket's own */
export function checkNotOwn(key: string): void {
  if (key === KEYS_OBJECT)
    throw wrongArgument(`Argument "key" must not be '${KEYS_OBJECT}', the bucket's own`)
  if (key.startsWith(VERSIONS_PREFIX))
    throw wrongArgument(
      `Argument "key" must not begin with '${VERSIONS_PREFIX}', where the bucket keeps versions`,
    )
}

/** @throws StorageError FS-FORMAT-001 for an object that is not a list of keys */
export async function readCloudKeys(parts: CloudKeysParts): Promise<KeyRecords> {
  return (await find(parts)).records
}

/** Adds records for ids that have none; of two processes at once, the second finds what the first has added. */
export async function addCloudKeys(parts: CloudKeysParts, added: KeyRecords): Promise<KeyRecords> {
  const { service, policy, change, name } = parts
  await policy.ask(ofBucket('prepare'), async () => await service.prepare())
  for (;;) {
    const { records, precondition } = await find(parts)
    const all = withRecords(records, added)
    if (all === undefined) return records
    const storeId = randomBytes(16).toString('hex')
    const body = spoolBytes(Buffer.from(JSON.stringify(Object.fromEntries(all))))
    try {
      await change.write({ name, body, metadata: keysMetadata(storeId), precondition }, storeId, 0)
      return all
    } catch (error) {
      if (!isFailure(error, 'conflict')) throw error
    }
  }
}

async function find({ service, policy, name }: CloudKeysParts): Promise<{
  readonly records: KeyRecords
  readonly precondition: Precondition
}> {
  return await policy.ask({ operation: 'read', name }, async (signal) => {
    const found = await service.read(name, undefined, signal)
    if (found === undefined || found === 'beyond')
      return { records: new Map(), precondition: 'absent' }
    const { object, body } = found
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > BYTES_MAX) throw damaged(name)
      chunks.push(chunk)
    }
    return {
      records: parse(Buffer.concat(chunks), name),
      precondition: { version: object.version },
    }
  })
}

function parse(bytes: Buffer, name: string): KeyRecords {
  let records: KeyRecords | undefined
  try {
    records = parseKeyRecords(JSON.parse(bytes.toString()))
  } catch (cause) {
    throw damaged(name, cause)
  }
  if (records === undefined) throw damaged(name)
  return records
}

function damaged(name: string, cause?: unknown): StorageError {
  return new StorageError(
    'FS-FORMAT-001',
    `The object '${name}' is damaged: it is not a list of keys`,
    {
      cause,
      context: { name, reason: 'keys' },
    },
  )
}
