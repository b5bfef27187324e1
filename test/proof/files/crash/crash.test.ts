import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { tempDirectory } from '../../../support/temp.js'

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url))
const ROUNDS = 8

/** What a file may hold after a kill: what was acknowledged last, or what was under way; '-' means no file. */
type Fates = Map<string, { acknowledged: string; begun: string | undefined }>

describe('a process that is killed while it stores, overwrites and deletes', () => {
  it('leaves payload and document in agreement, loses nothing, brings nothing back', async () => {
    const path = await tempDirectory()
    const fates: Fates = new Map()
    let acknowledged = 0
    for (let round = 1; round <= ROUNDS; round++) {
      acknowledged += await killedRun(path, round, fates)
      await using storage = await FileStorage.open({ local_storage_path: path })
      expect((await storage.verify()).problems).toEqual([])
      for (const [key, fate] of fates) {
        const found = await holding(storage, key)
        expect(
          [fate.acknowledged, fate.begun ?? fate.acknowledged],
          `${key} in round ${round}`,
        ).toContain(found)
        fates.set(key, { acknowledged: found, begun: undefined })
      }
      expect((await storage.listKeys()).every((key) => fates.has(key))).toBe(true)
    }
    expect(acknowledged).toBeGreaterThan(ROUNDS * 5)
  })
})

/** The number that both the content and the metadata of a file say. */
async function holding(storage: FileStorage, key: string): Promise<string> {
  const content = await storage.retrieve(key)
  const info = await storage.stat(key)
  if (content === undefined) {
    expect(info).toBeUndefined()
    return '-'
  }
  const value = Buffer.from(content as Uint8Array).readUInt32LE(0)
  expect(info?.metadata['value']).toBe(value)
  return String(value)
}

async function killedRun(path: string, round: number, fates: Fates): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  let timer: NodeJS.Timeout | undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('done')) timer ??= setTimeout(() => child.kill('SIGKILL'), 150 + round * 90)
  })
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  expect(child.signalCode).toBe('SIGKILL')
  let acknowledged = 0
  for (const line of text.split('\n').slice(1)) {
    const [what, key = '', value = ''] = line.split(' ')
    const fate = fates.get(key) ?? { acknowledged: '-', begun: undefined }
    if (what === 'begin') fates.set(key, { ...fate, begun: value })
    if (what !== 'done') continue
    fates.set(key, { acknowledged: value, begun: undefined })
    acknowledged++
  }
  return acknowledged
}
