import { spawnSync } from 'node:child_process'
import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { env, execPath, platform } from 'node:process'
import { expect, it } from 'vitest'
import { PortableRoot, Turns } from '../../../../src/disk/portable/root.js'
import { tempDirectory } from '../../../support/temp.js'

const LIBRARY = new URL('../../../../dist/index.js', import.meta.url).href

const READER = `
  import { DurableDirectory } from '${LIBRARY}'
  const store = await DurableDirectory.open(process.argv[1], { disk: 'portable' })
  await store.commit([{ kind: 'create', path: 'file', bytes: Buffer.from('x') }])
  const reads = Array.from({ length: 3000 }, async () => (await store.read('file')).length)
  const bytes = (await Promise.all(reads)).reduce((sum, each) => sum + each)
  await store.close()
  console.log(bytes)
`

it('makes a directory although one above it is removed, being empty, while it is at it', async () => {
  const directory = await tempDirectory()
  const root = new PortableRoot(directory, 0o600, 0o700)
  let removals = 0
  class Removing extends Set<string> {
    override add(step: string): this {
      if (step === 'a/b' && removals < 3) {
        removals++
        for (const path of ['a/b', 'a']) rmdirSync(join(directory, path))
      }
      return super.add(step)
    }
  }
  await root.makeDirectory('a/b/c/d', new Removing())
  expect(await root.hasDirectory('a/b/c/d')).toBe(true)
  expect(removals).toBe(3)
})

it.skipIf(platform === 'win32')('serves 3,000 reads at once with few descriptors', async () => {
  const command = `ulimit -n 128; exec "${execPath}" --input-type=module --eval "$0" "$1"`
  // A process that is asked for its coverage needs a descriptor to tell it.
  const { NODE_V8_COVERAGE: _, ...environment } = env
  const child = spawnSync('bash', ['-c', command, READER, await tempDirectory()], {
    env: environment,
  })
  expect(child.stderr.toString()).toBe('')
  expect(child.stdout.toString()).toBe('3000\n')
})

it('lets a given number work at once, in order, and goes on after one that fails', async () => {
  const turns = new Turns(2)
  const order: number[] = []
  let atOnce = 0
  let most = 0
  const work = Array.from({ length: 7 }, async (_, at) => {
    return await turns.run(async () => {
      most = Math.max(most, ++atOnce)
      order.push(at)
      await Promise.resolve()
      atOnce--
      if (at === 1) throw new Error('failed')
    })
  })
  const outcomes = await Promise.allSettled(work)
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(most).toBe(2)
})
