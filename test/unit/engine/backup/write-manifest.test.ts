import { expect, it } from 'vitest'
import { decodeManifest } from '../../../../src/engine/backup/backup-chain.js'
import { GrowingState, NO_BASE } from '../../../../src/engine/backup/backup-state.js'
import { writeManifest } from '../../../../src/engine/backup/write-manifest.js'

it('writes and reports what differs from the backup before, for any number of files', async () => {
  const old = { path: 'old', bytes: 5, sha256: 'ab'.repeat(32), run: 1 }
  const base = { ...NO_BASE, state: new Map([['old', old]]), bytes: 5 }
  const state = new GrowingState(base)
  state.set('old', undefined)
  for (let at = 0; at < 5000; at++)
    state.set(`new ${at}`, { path: `new ${at}`, bytes: 2, sha256: 'cd'.repeat(32), run: 2 })
  const manifests: Uint8Array[] = []
  const report = await writeManifest(
    { store: { kind: 'directory', created_at: '' }, lost: () => ({ files: [], omitted: 0 }) },
    {
      put: async () => await Promise.reject(new Error('nothing is to be copied')),
      drop: async () => await Promise.resolve(),
      finish: async (bytes) => void (await Promise.resolve(manifests.push(bytes))),
    },
    { sequence: 2, base, snapshot: false, signal: undefined },
    { state, leftOut: [], leftOutOmitted: 3, heldMs: 1.26 },
    { lsn: 9, at: '2026-11-29T21:00:00.000Z' },
  )
  expect(report).toMatchObject({ files: 5000, bytes: 10_000, added_files: 5000, removed_files: 1 })
  expect(report).toMatchObject({ lsn: 9, writers_held_ms: 1.3, left_out_omitted: 3, full: true })
  const { manifest } = await decodeManifest(manifests[0] ?? new Uint8Array(0), 2)
  expect([...manifest.removed]).toEqual(['old'])
  expect(manifest.files.size).toBe(5000)
  expect(manifest.summary).toMatchObject({ files: 5000, lsn: 9, previous: null })
})
