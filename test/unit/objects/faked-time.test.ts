import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { openFiles } from '../files/support.js'
import { codeOf, documentOf, getText, putText } from '../files/bucket/files.js'
import { gcsStandIn, s3StandIn } from '../files/bucket/subjects.js'

const HASTE = { maxRetries: 3, timeoutSeconds: 1, breakerSeconds: 1 }

// Tests with faked timers do not move them on for a storage.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe.each([s3StandIn, gcsStandIn])('under faked timers, $name', (subject) => {
  it('is asked again when a request fails', async () => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    let left = 2
    place.standIn?.setFaults(() => (left-- > 0 ? { status: 503 } : undefined))
    await putText(backend, 'key', '1')
    expect(await getText(backend, 'key')).toBe('1')
  })

  it('is given up on when it does not answer', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, maxRetries: 0 })
    await putText(backend, 'key', '1')
    place.standIn?.setFaults(() => 'hang')
    expect(await codeOf(backend.head('key'))).toBe('FS-UNAVAILABLE-001')
  })

  it('is given up on when it stops in the middle of a body', async () => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    const content = Buffer.alloc(1024 * 1024, 'x')
    await backend.put('key', content, () => documentOf('key', content))
    const isDownload = (method: string, url: URL): boolean =>
      method === 'GET' && (subject.kind === 's3' || url.searchParams.get('alt') === 'media')
    place.standIn?.setFaults(({ method, url }) =>
      isDownload(method, url) ? { stall: 1000 } : undefined,
    )
    const opened = await backend.get('key')
    expect(await codeOf(buffer(opened?.body ?? Readable.from([])))).toBe('FS-UNAVAILABLE-001')
  })

  it('is left alone for a while when it keeps failing, and then asked again', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, maxRetries: 0 })
    await putText(backend, 'key', '1')
    place.standIn?.setFaults(() => ({ status: 503 }))
    for (let at = 0; at < 5; at++) await codeOf(backend.head('key'))
    expect(backend.trouble).toMatchObject({ status: 503 })
    place.standIn?.setFaults(undefined)
    await sleep(1100)
    expect(await getText(backend, 'key')).toBe('1')
  })

  it('shows what others have stored when the staleness that is allowed has passed', async () => {
    const place = await subject.makePlace()
    const config = { ...place.config, enable_local_fallback: false, max_staleness_ms: 300 }
    const [one, other] = [await openFiles(config), await FileStorage.open(config)]
    await one.store('key', 'before')
    expect(await one.retrieve('key')).toBe('before')
    await other.store('key', 'after')
    await other.close()
    await sleep(400)
    expect(await one.retrieve('key')).toBe('after')
  })
})
