import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openCloud } from '../../../../src/files/bucket/open.js'
import { withFallback } from '../../../../src/files/fallback/backend.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { tempDirectory } from '../../../support/temp.js'
import { getText, keysOf, putText } from '../bucket/files.js'
import { startS3 } from '../bucket/standins/s3.mjs'
import { s3Config } from '../bucket/subjects.js'

const REPLAYER = join(import.meta.dirname, 'replayer.mjs')
const KEYS = 12

it('is finished by the next process when this one is killed in the middle of it', async () => {
  const standIn = await startS3()
  const directory = await tempDirectory()
  const config = { ...s3Config(standIn.endpoint), maxRetries: 0, timeoutSeconds: 5 }
  const expected = await fillOutbox(directory, config, standIn.setFaults.bind(standIn))
  const kills = await replayWithKills(directory, config, standIn)
  expect(kills).toBeGreaterThanOrEqual(4)
  const cloud = await openCloud(config)
  if (cloud === undefined) throw new Error('The configuration names no bucket')
  expect(await keysOf(cloud)).toEqual([...expected.keys()].sort())
  for (const [key, text] of expected) expect(await getText(cloud, key), key).toBe(text)
  await cloud.close()
  await standIn.close()
})

/** Half of the files are replaced in the outage, a quarter deleted, a quarter left; as many new ones come. */
async function fillOutbox(
  directory: string,
  config: ReturnType<typeof s3Config>,
  setFaults: (faults: (() => { status: number }) | undefined) => void,
): Promise<Map<string, string>> {
  const cloud = await openCloud(config)
  if (cloud === undefined) throw new Error('The configuration names no bucket')
  const files = await withFallback(cloud, await LocalBackend.open(directory))
  const expected = new Map<string, string>()
  for (let at = 0; at < KEYS; at++) {
    await putText(files, `old ${at}`, 'before')
    expected.set(`old ${at}`, 'before')
  }
  setFaults(() => ({ status: 503 }))
  for (let at = 0; at < KEYS; at++) {
    await putText(files, `new ${at}`, `new ${at}`)
    expected.set(`new ${at}`, `new ${at}`)
    if (at % 4 < 2) {
      await putText(files, `old ${at}`, `after ${at}`)
      expected.set(`old ${at}`, `after ${at}`)
    } else if (at % 4 === 2) {
      await files.delete(`old ${at}`)
      expected.delete(`old ${at}`)
    }
  }
  await files.close()
  setFaults(undefined)
  return expected
}

/**
 * Starts replayers and kills each at a request of its own: some when the request has been carried out and the answer is
 * on its way, some before.
 */
async function replayWithKills(
  directory: string,
  config: ReturnType<typeof s3Config>,
  standIn: Awaited<ReturnType<typeof startS3>>,
): Promise<number> {
  for (let kills = 0; kills < 50; kills++) {
    const child = spawn(process.execPath, [REPLAYER, directory, JSON.stringify(config)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    let changes = 0
    standIn.setFaults(({ method, url }) => {
      const probe = url.pathname.includes('.holdfast-probe')
      if (probe || (method !== 'PUT' && method !== 'DELETE')) return undefined
      if (++changes < 3 + (kills % 3)) return undefined
      child.kill('SIGKILL')
      return kills % 2 === 0 ? 'lost' : 'reset'
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    standIn.setFaults(undefined)
    if (code === 0) {
      expect(Buffer.concat(output).toString()).toBe('pending 0\n')
      return kills
    }
  }
  throw new Error('The replay never ended')
}
