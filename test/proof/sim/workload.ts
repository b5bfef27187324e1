import type { Durability } from '../../../src/engine/directory-options.js'
import type { Store } from '../../../src/engine/store.js'
import type { Client } from './client.js'
import type { Random } from './random.js'
import { FLUSH_INTERVAL_MS, type Opened } from './subject.js'

/** What callers do with an open subject. */
export interface Workload<Handle extends Opened = Opened> {
  /** One caller's calls, one after another, until it has done its part or the store takes no more. */
  lane(client: Client, handle: Handle, lane: number, name: string): Promise<void>
  /** What needs the whole store to itself; no other lane calls meanwhile. */
  alone(client: Client, handle: Handle): Promise<void>
}

/** In simulated milliseconds: several interval flushes, on a disk that answers. */
const FLUSHED_AFTER_MS = 40 * FLUSH_INTERVAL_MS
const WAITS_PART = 0.15

/** At `interval`, now and then a caller does nothing until what it has written must have been flushed. */
export async function waitsForFlush(
  client: Client,
  random: Random,
  durability: Durability,
): Promise<boolean> {
  if (durability !== 'interval' || !random.chance(WAITS_PART)) return false
  await client.makeDue(async () => await client.machine.world.sleep(FLUSHED_AFTER_MS))
  return true
}

/** What was written before it must be there after it; `shred`: and the journal begins again without any of it. */
export async function checkpoint(
  client: Client,
  directory: Pick<Store, 'checkpoint'>,
  options: { readonly shred?: boolean } = {},
): Promise<void> {
  await client.makeDue(async () => await directory.checkpoint(options))
}
