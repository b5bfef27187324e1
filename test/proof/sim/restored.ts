import type { Backup } from './client.js'
import { simulatedDisks } from './disk.js'
import type { Engine } from './engine.js'
import { EMPTY_IMAGE } from './kernel.js'
import { Machine } from './machine.js'
import type { Observed } from './model.js'
import type { Subject } from './subject.js'
import type { World } from './world.js'

const PLACE = { create: true, ioTimeoutMs: 0, fileMode: 0o600, directoryMode: 0o700 }

/** Restores a backup on a machine of its own. Returns what is shown there. */
export async function restored(
  engine: Engine,
  world: World,
  subject: Subject,
  { pieces }: Backup,
): Promise<Observed> {
  const machines = [1, 2].map(() => new Machine(world, engine, EMPTY_IMAGE))
  try {
    const [from, to] = machines.map((machine) => machine.start())
    if (from === undefined || to === undefined) throw new Error('no machine')
    const disk = simulatedDisks(engine)
    return await world.run(
      (async () => {
        await engine.unpackBackups(pieces, await disk.openVolume(from.root, PLACE))
        await engine.restoreInto(from.root, { to: to.root, disk, ioTimeoutMs: 0 })
        const opened = await subject.open(to)
        const observed = await opened.observe()
        await opened.close()
        return observed
      })(),
    )
  } finally {
    for (const machine of machines) machine.stop()
    world.reset()
  }
}
