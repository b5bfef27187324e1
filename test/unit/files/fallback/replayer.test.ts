import { expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { keysOf, putText } from '../bucket/files.js'
import { OutagePlace, syncAll } from './place.js'

const KEYS = Array.from({ length: 12 }, (_, at) => `key ${String((at * 5) % 12)}`)

/** What was stored in the bucket, in its order. */
function stored(place: OutagePlace): string[] {
  return place.standIn.requests
    .filter((request) => request.startsWith('PUT ') && request.includes('key'))
    .map((request) => /key(?:%20|\+| )(\d+)/.exec(request)?.[1] ?? request)
}

it('replays each change once, in the order of the changes, though several are told to at once', async () => {
  const place = await OutagePlace.make()
  const [one, two] = [await place.open(), await place.open()]
  place.down()
  for (const [at, key] of KEYS.entries()) await putText(at % 2 === 0 ? one : two, key, key)
  place.up()
  const before = stored(place).length
  await Promise.all([syncAll(one), syncAll(two)])
  const numbers = KEYS.map((key) => key.replace('key ', ''))
  expect(stored(place).slice(before)).toEqual(numbers)
  expect(await keysOf(await place.cloud())).toEqual([...KEYS].sort())
})

it('leaves the outbox alone while another process replays it, and goes on when that one has ended', async () => {
  const place = await OutagePlace.make()
  const files = await place.open({ retryIntervalMs: 200 })
  const other = await LocalBackend.open(place.directory)
  const lock = await other.directory.volume.lock('.replay', { timeoutMs: 0 })
  place.down()
  await putText(files, 'key 1', 'x')
  place.up()
  const before = stored(place).length
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(stored(place)).toHaveLength(before)
  expect((await files.pending()).pending_uploads).toBe(1)
  await lock.release()
  await expect
    .poll(async () => (await files.pending()).pending_uploads, { timeout: 20_000 })
    .toBe(0)
  await other.close()
})

it('says that the cloud answers again when it has answered, though nothing is pending', async () => {
  const place = await OutagePlace.make()
  const files = await place.open({ retryIntervalMs: 300 })
  const codes: string[] = []
  onTestFinished(subscribe('warning', ({ code }) => codes.push(code)))
  place.down()
  await expect(files.head('key 1')).rejects.toMatchObject({ code: 'FS-UNAVAILABLE-001' })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(codes).toEqual(['cloud-down'])
  place.up()
  await expect.poll(() => codes, { timeout: 20_000 }).toEqual(['cloud-down', 'cloud-up'])
})
