import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { tempDirectory } from '../../support/temp.js'
import { startS3 } from './bucket/standins/s3.mjs'
import { s3Config } from './bucket/subjects.js'

const SCRIPT = fileURLToPath(new URL('stream.mjs', import.meta.url))
/** `HOLDFAST_STREAM_MIB=2048` for the long run. */
const MEBIBYTES = Number(process.env['HOLDFAST_STREAM_MIB'] ?? 256)
/** Less than the stream has. Alone it takes 145 MiB; on a busy machine garbage waits longer. */
const CONSTANT_MIB = 240
/** What scrypt takes for a key of a passphrase: 128 bytes x cost 2^17 x block size 8, once. */
const DERIVATION_MIB = 128
const ENCRYPTED = { enable_encryption: true, encryption_key: 'k'.repeat(64) } as const
const run = promisify(execFile)

describe('a stream that is larger than memory', () => {
  it.each([
    ['plain', {}],
    ['encrypted', ENCRYPTED],
  ] as const)(
    'goes into a directory and out in constant memory (%s)',
    async (name, settings) => {
      await expectConstantMemory(`directory, ${name}`, {
        local_storage_path: await tempDirectory(),
        ...settings,
      })
    },
    600_000,
  )

  it.each([
    ['plain', {}],
    ['encrypted', ENCRYPTED],
  ] as const)(
    'goes into a bucket and out in constant memory (%s)',
    async (name, settings) => {
      const standIn = await startS3()
      await expectConstantMemory(`bucket, ${name}`, {
        ...s3Config(standIn.endpoint),
        enable_local_fallback: false,
        ...settings,
      })
      await standIn.close()
    },
    600_000,
  )
})

/** In a process of its own, whose most memory counts. */
async function expectConstantMemory(name: string, config: FileStorageConfig): Promise<void> {
  const args = [SCRIPT, JSON.stringify(config), String(MEBIBYTES)]
  const { stdout } = await run(process.execPath, args)
  const result = JSON.parse(stdout) as { bytes: number; same: boolean; mebibytes: number }
  console.log(`${MEBIBYTES} MiB, ${name}: ${Math.round(result.mebibytes)} MiB of memory at most`)
  expect(result).toMatchObject({ bytes: MEBIBYTES * 1024 * 1024, same: true })
  const derivation = config.enable_encryption === true ? DERIVATION_MIB : 0
  expect(result.mebibytes).toBeLessThan(CONSTANT_MIB + derivation)
}
