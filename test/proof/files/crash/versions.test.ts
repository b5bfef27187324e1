import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { tempDirectory } from '../../../support/temp.js'

const WRITER = fileURLToPath(new URL('versions-writer.mjs', import.meta.url))
const ROUNDS = 6
/** As the writer keeps them. */
const KEPT = 4

/** The values that were stored under a key, in their order: which were acknowledged, and which one may have been. */
interface Stored {
  readonly acknowledged: number[]
  begun: number | undefined
}

describe('two processes that are killed while they store and delete files whose versions are kept', () => {
  it('leave the last versions of each key, each whole, and none twice', async () => {
    const path = await tempDirectory()
    const stored = new Map<string, Stored>()
    for (let round = 1; round <= ROUNDS; round++) {
      await Promise.all(['a', 'b'].map(async (name) => await killedRun(path, name, round, stored)))
      await using storage = await FileStorage.open({ storageDir: path })
      expect(await storage.verify()).toMatchObject({ problems: [], strays: [] })
      for (const [key, values] of stored) {
        const { acknowledged, begun } = values
        const history = await storage.history(key)
        const found = history.map(({ metadata }) => Number(metadata['value']))
        const possible = [acknowledged, ...(begun === undefined ? [] : [[...acknowledged, begun]])]
        const kept = history.filter(({ current }) => !current).length
        const lasts = possible.map((all) => all.toReversed().slice(0, found.length))
        expect(lasts, `${key} in round ${round}`).toContainEqual(found)
        const current = history[0]?.current === true ? 1 : 0
        expect(kept).toBeLessThanOrEqual(KEPT)
        expect(found.length).toBeGreaterThanOrEqual(Math.min(KEPT + current, acknowledged.length))
        for (const { version, metadata } of history) {
          const content = (await storage.retrieve(key, { version })) as Uint8Array
          expect(Buffer.from(content).readUInt32LE(0)).toBe(metadata['value'])
        }
        values.acknowledged.splice(0, Number.POSITIVE_INFINITY, ...found.toReversed())
        values.begun = undefined
      }
    }
    const all = [...stored.values()].flatMap(({ acknowledged }) => acknowledged)
    expect(all.length).toBeGreaterThan(ROUNDS)
  })
})

async function killedRun(
  path: string,
  name: string,
  round: number,
  stored: Map<string, Stored>,
): Promise<void> {
  const child = spawn(process.execPath, [WRITER, path, name, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  let timer: NodeJS.Timeout | undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('done')) timer ??= setTimeout(() => child.kill('SIGKILL'), 300 + round * 70)
  })
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  expect(child.signalCode).toBe('SIGKILL')
  for (const line of text.split('\n')) {
    const [what, key = '', value = ''] = line.split(' ')
    if (what !== 'begin' && what !== 'done') continue
    const values = stored.get(key) ?? { acknowledged: [], begun: undefined }
    stored.set(key, values)
    if (what === 'begin') values.begun = Number(value)
    else {
      values.acknowledged.push(Number(value))
      values.begun = undefined
    }
  }
}
