import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { gcsConfig, s3Config } from '../../unit/files/bucket/subjects.js'
import { startGcs } from '../../unit/files/bucket/standins/gcs.mjs'
import { startS3 } from '../../unit/files/bucket/standins/s3.mjs'
import { tempDirectory } from '../../support/temp.js'

const SCRIPT = fileURLToPath(new URL('failing-streams.mjs', import.meta.url))
const CODES = {
  missing: 'ENOENT',
  aborted: 'aborted',
  late: 'late',
  web: 'web',
  iterable: 'iterable',
}
const run = promisify(execFile)
const local = async (): Promise<FileStorageConfig> => ({
  local_storage_path: await tempDirectory(),
})

const PLACES: Readonly<Record<string, () => Promise<readonly [FileStorageConfig, () => unknown]>>> =
  {
    'a directory': async () => [await local(), () => undefined],
    'a directory with quota and encryption, on the portable disk': async () => [
      {
        ...(await local()),
        disk: 'portable',
        quota_bytes: 10_000_000,
        enable_encryption: true,
        encryption_key: 'k'.repeat(64),
      },
      () => undefined,
    ],
    'a bucket of S3': async () => {
      const standIn = await startS3()
      const config = { ...s3Config(standIn.endpoint), enable_local_fallback: false }
      return [config, async () => await standIn.close()]
    },
    'a bucket of Google with a fallback': async () => {
      const standIn = await startGcs()
      return [{ ...gcsConfig(standIn.endpoint), ...(await local()) }, async () => standIn.close()]
    },
  }

it.each(Object.keys(PLACES))(
  'a stream that fails before it is read fails its call, and nothing else, in %s',
  async (name) => {
    const [config, end] = (await PLACES[name]?.()) ?? [{}, () => undefined]
    const args = [SCRIPT, JSON.stringify(config), await tempDirectory()]
    const { stdout } = await run(process.execPath, args)
    await end()
    const { seen, leftOpen } = JSON.parse(stdout) as { seen: string[][]; leftOpen: string[] }
    expect(seen).toEqual(
      ['storeStream', 'setItemRaw', 'stage'].flatMap((call) =>
        Object.entries(CODES).map(([source, code]) => [call, source, code]),
      ),
    )
    expect(leftOpen).toEqual([])
  },
)
