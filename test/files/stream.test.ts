import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../support/temp.js'

const SCRIPT = fileURLToPath(new URL('stream.mjs', import.meta.url))
/** `HOLDFAST_STREAM_MIB=2048` for the long run. */
const MEBIBYTES = Number(process.env['HOLDFAST_STREAM_MIB'] ?? 256)
const run = promisify(execFile)

describe('a stream that is larger than memory', () => {
  it.each(['no', 'yes'])(
    'goes in and out in constant memory (encrypted: %s)',
    async (encrypted) => {
      const args = [SCRIPT, await tempDirectory(), String(MEBIBYTES), encrypted]
      const { stdout } = await run(process.execPath, args)
      const result = JSON.parse(stdout) as { bytes: number; same: boolean; mebibytes: number }
      expect(result).toMatchObject({ bytes: MEBIBYTES * 1024 * 1024, same: true })
      expect(result.mebibytes).toBeLessThan(200)
    },
    600_000,
  )
})
