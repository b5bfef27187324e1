import { expect, it } from 'vitest'
import { flushAncestors } from '../../../src/disk/portable/flush.js'
import { LockTable } from '../../../src/disk/portable/locks.js'
import { DurableView } from './durable.js'
import type { Engine } from './engine.js'
import { EMPTY_IMAGE, type Kernel } from './kernel.js'
import { Machine } from './machine.js'
import { installNodeFs } from './node-fs.js'
import { PRESETS, type Preset } from './presets.js'
import { Random } from './random.js'
import { subsets } from './subsets.js'
import { World } from './world.js'

const STORE = 'srv/data/store'

/** In how many ways a loss of power may leave the mark of a store that has flushed it, and in how many it can be found. */
function afterPowerLoss(kernel: Kernel, preset: Preset): { left: number; found: number } {
  const random = new Random('new-store')
  const view = new DurableView(EMPTY_IMAGE.nodes, preset, random)
  for (const event of kernel.trace.events) view.follow(event)
  const outcomes = [...subsets(view, preset, random, 200)].map((kept) => {
    const nodes = view.crash((place) => kept[place] === true)
    let at = nodes.get(1)
    for (const name of [...STORE.split('/'), '.holdfast.json'])
      at = at?.kind === 'directory' ? nodes.get(at.entries.get(name) ?? 0) : undefined
    return at !== undefined
  })
  return { left: outcomes.length, found: outcomes.filter(Boolean).length }
}

/** Makes a store's directory and mark and flushes these, and first the directories above, if asked. */
async function makeStore(above: boolean): Promise<Kernel> {
  installNodeFs()
  const machine = new Machine(new World('new-store'), { LockTable } as Engine, EMPTY_IMAGE)
  const { kernel } = machine
  const { root } = machine.start()
  for (const directory of ['srv', 'srv/data', STORE]) kernel.makeDirectory(directory)
  if (above) await flushAncestors(`${root}/${STORE}`)
  kernel.flush(kernel.createFile(`${STORE}/.holdfast.json`))
  kernel.flush(kernel.get(STORE))
  machine.stop()
  return kernel
}

it.each(PRESETS)(
  'is found after a loss of power, with its flushed mark ($name)',
  async (preset) => {
    const { left, found } = afterPowerLoss(await makeStore(true), preset)
    expect(left).toBeGreaterThan(0)
    expect(found).toBe(left)
  },
)

it('would not be if the directories above it were not flushed', async () => {
  const [posix] = PRESETS as readonly [Preset]
  const { left, found } = afterPowerLoss(await makeStore(false), posix)
  expect(found).toBeLessThan(left)
})
