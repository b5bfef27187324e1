import { expect, it } from 'vitest'
import type { FileBackend } from '../../../src/files/backend.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { putText } from './bucket/files.js'

const LOOP_MS_MAX = 2000

it.each([
  ['get', async (backend: FileBackend) => await backend.get('key')],
  ['head', async (backend: FileBackend) => await backend.head('key')],
  ['list', async (backend: FileBackend) => await backend.list({ prefix: '', limit: 1 })],
])('lets the event loop turn during a loop of %s', async (_, ask) => {
  const backend = new MemoryBackend()
  await putText(backend, 'key', 'text')
  let hasTurned = false
  setTimeout(() => (hasTurned = true), 1)
  for (const begin = Date.now(); !hasTurned && Date.now() - begin < LOOP_MS_MAX;) await ask(backend)
  expect(hasTurned).toBe(true)
  await backend.close()
})
