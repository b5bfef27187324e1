import { describe, it } from 'vitest'
import { RemoteStorage, type RemoteStorageOptions } from '../../../src/client/remote-storage.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import type { VersionStore } from '../../../src/versions/version-store.js'
import { startServer } from '../server/support.js'

/** A store, and how late it may see what other processes have committed. */
export interface Behind {
  readonly name: string
  readonly lagMs?: number
  readonly open: () => Promise<VersionStore>
}

/** The ways in which a client may remember. */
const WAYS: Readonly<Record<string, Partial<RemoteStorageOptions>>> = {
  'with a stream of changes': { maxStaleMs: 400 },
  'without memory': { maxStaleMs: 0 },
}

/** Declares what every storage and registry has to pass, for clients of servers over this store. */
export function conformsOverHttp(
  behind: Behind,
  ways: readonly string[] = Object.keys(WAYS),
): void {
  for (const way of ways) {
    const options = WAYS[way] ?? {}
    const { maxStaleMs = 0 } = options
    const subject: ConformanceSubject = {
      name: `a client of ${behind.name}, ${way}`,
      persistent: true,
      reportsMoves: true,
      sharesObjects: maxStaleMs > 0,
      handles: {
        coherence: maxStaleMs === 0 ? 'nextCall' : { withinMs: maxStaleMs + (behind.lagMs ?? 0) },
      },
      makePlace: async () => {
        const { address } = await startServer({ storage: await behind.open() })
        return { open: async () => await RemoteStorage.open({ url: address, ...options }) }
      },
    }
    versionStorageConformance(subject, { describe, it })
    promptRegistryConformance(subject, { describe, it })
  }
}
