import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { NO_HEAD, type PromptHead } from '../../../src/versions/prompt-heads.js'
import { SEED, seeded } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'
import { failure, openStore, treeOf } from './support.js'

const NOTE = { at: '2026-01-01T00:00:00.000Z', by: 'Ada', reason: null }

async function move(storage: FileSystemStorage, promptId: string, to: string): Promise<void> {
  await storage.transact([promptId], ([view]) => {
    const before = view?.head ?? NO_HEAD
    const from = before.labels['production']?.version ?? null
    const head: PromptHead = { ...before, labels: { production: { version: to, ...NOTE } } }
    const moves = [{ label: 'production', from, to, ...NOTE }]
    return { changes: [{ promptId, head, moves }], result: undefined }
  })
}

describe('a damaged head', () => {
  it('is refused by all that would need it, changes nothing, and is written again by a repair', async () => {
    const storage = await openStore(await tempDirectory())
    for (const promptId of ['p', 'q'])
      for (const version of ['1.0.0', '1.1.0'])
        await storage.saveVersion(sampleVersion(promptId, version))
    await move(storage, 'p', '1.0.0')
    await move(storage, 'p', '1.1.0')
    const head = await storage.readHead('p')
    const within = dirname(storage.pathOf('p', '1.0.0'))
    const path = join(within, '.labels.json')
    const whole = await readFile(path)
    const at = fc.nat(whole.length - 3)
    const flips = fc.sample(fc.tuple(at, fc.nat(7)), seeded(20)).map(([place, bit]) => {
      const bytes = Buffer.from(whole)
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
      return bytes
    })
    const cuts = fc.sample(at, seeded(8)).map((length) => whole.subarray(0, length))
    const others = [Buffer.alloc(whole.length), Buffer.concat([whole, whole.subarray(0, 9)])]
    let refused = 0
    for (const damaged of [...flips, ...cuts, ...others]) {
      const what = `${SEED}: ${damaged.toString('latin1')}`
      await writeFile(path, damaged)
      const found = await storage.readHead('p').catch((error: unknown) => error)
      if (!(found instanceof Error)) {
        // A flip among the blanks changes nothing of what the file says.
        expect(found, what).toEqual(head)
        continue
      }
      refused++
      expect(found, what).toMatchObject({ code: expect.stringMatching(/^FS-LOAD-00[12]$/) })
      const before = await treeOf(within)
      for (const call of [
        async () => await move(storage, 'p', '1.0.0'),
        async () => await storage.deleteVersion('p', '1.0.0'),
        async () => await storage.deleteVersion('p', '1.1.0'),
      ])
        expect((await failure(call())).code, what).toMatch(/^FS-LOAD-00[12]$/)
      expect(await treeOf(within), what).toEqual(before)
      expect(await storage.getVersion('p', '1.1.0')).toBeDefined()
      await move(storage, 'q', '1.0.0')
      const { findings } = await storage.verify({ repair: true })
      expect(findings, what).toMatchObject([{ path: 'p/.labels.json', repaired: true }])
      expect(await storage.readHead('p'), what).toEqual(head)
    }
    expect(refused, String(SEED)).toBeGreaterThan(10)
  })
})
