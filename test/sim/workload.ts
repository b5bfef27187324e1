import type { Client } from './client.js'
import type { Opened } from './subject.js'

/** What callers do with an open subject. */
export interface Workload<Handle extends Opened = Opened> {
  /** One caller's calls, one after another, until it has done its part or the store takes no more. */
  lane(client: Client, handle: Handle, lane: number, name: string): Promise<void>
  /** What needs the whole store to itself; nobody else calls meanwhile. */
  alone(client: Client, handle: Handle): Promise<void>
}
