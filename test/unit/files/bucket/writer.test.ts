import { expect, it } from 'vitest'
import type { KeepRequest } from '../../../../src/files/kept.js'
import { getText, putText } from './files.js'
import { gcsStandIn, s3StandIn } from './subjects.js'

const keep: KeepRequest = { nowMs: Date.parse('2026-01-02T03:04:05.000Z'), keeps: () => true }

for (const subject of [s3StandIn, gcsStandIn]) {
  it(`removes and replaces just the file that it has kept, ${subject.name}`, async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ keepVersions: 5 })
    const other = await place.open({ keepVersions: 5 })
    await putText(backend, 'k', 'one')
    // Another process stores between the copy and the removal, each time once.
    let isBetween = false
    place.standIn?.setFaults(({ method, url, headers }) => {
      const isCopy =
        headers['x-amz-copy-source'] !== undefined || url.pathname.includes('rewriteTo')
      if (isCopy && method !== 'GET') isBetween = true
      return undefined
    })
    const head = place.standIn?.requests.length ?? 0
    const removing = backend.delete('k', { keep })
    const storing = putText(other, 'k', 'two', { keep })
    const [removed] = await Promise.all([removing, storing])
    expect(removed).toBe(true)
    expect(isBetween).toBe(true)
    expect(place.standIn?.requests.length).toBeGreaterThan(head)
    const texts: string[] = []
    for (const { version } of await backend.versions('k')) {
      const found = await backend.getVersion('k', version)
      texts.push((await found?.body.toArray())?.join('') ?? '')
    }
    const current = await getText(backend, 'k')
    if (current !== undefined) texts.push(current)
    expect(texts.sort()).toEqual(['one', 'two'])
  })

  it(`asks again when what it knew has changed, and keeps what is there, ${subject.name}`, async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ keepVersions: 5 })
    const other = await place.open({ keepVersions: 5 })
    const { etag: one } = await putText(backend, 'k', 'one')
    const { etag: two } = await putText(other, 'k', 'two', { keep })
    await putText(backend, 'k', 'three', { keep })
    const versions = await backend.versions('k')
    expect(versions.map(({ version }) => version)).toEqual([two, one])
  })
}
