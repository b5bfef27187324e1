import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createStorage, type VersionStore } from '../../src/index.js'
import { startGcs } from '../unit/files/bucket/standins/gcs.mjs'
import { startS3 } from '../unit/files/bucket/standins/s3.mjs'
import { SECRET } from '../unit/files/bucket/subjects.js'
import { POSTGRES_LEFT_OUT, testDatabase } from './postgres.js'
import { tempDirectory } from './temp.js'

/** How a store at a place of this test is opened: each time as another process would. */
export type OpenStore = () => Promise<VersionStore>

/** An empty place of each kind of store that several processes can share; buckets are stand-ins over HTTP. */
const PLACES: Readonly<Record<string, () => Promise<Parameters<typeof createStorage>[0]>>> = {
  file: async () => `file:${join(await tempDirectory(), 'store')}`,
  sqlite: async () => `sqlite:${join(await tempDirectory(), 'store.db')}`,
  postgres: async () => await testDatabase(),
  s3: async () => {
    const standIn = await startS3()
    onTestFinished(async () => await standIn.close())
    const config = {
      url: 's3://files/team',
      s3_endpoint: standIn.endpoint,
      s3_access_key_id: 'stand-in-key',
      s3_secret_access_key: SECRET,
    }
    return { backend: 'objects', config }
  },
  gcs: async () => {
    const standIn = await startGcs()
    onTestFinished(async () => await standIn.close())
    return `gs://files?gcs_api_endpoint=${encodeURIComponent(standIn.endpoint)}`
  },
}

/** The kinds of stores that tests can open here. */
export const SHARED_KINDS: readonly string[] = Object.keys(PLACES).filter(
  (kind) => kind !== 'postgres' || POSTGRES_LEFT_OUT === undefined,
)

/** A new place for a store of the kind. Stores that are opened there are closed with the test. */
export async function storePlace(kind: string): Promise<OpenStore> {
  const place = await PLACES[kind]?.()
  if (place === undefined) throw new Error(`No kind of store is called ${kind}`)
  return async () => {
    const store = await createStorage(place)
    onTestFinished(async () => await store.close())
    return store
  }
}
