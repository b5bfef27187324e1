import { describe, it } from 'vitest'
import { fileBackendConformance } from '../../../src/files/conformance.js'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { MapFiles } from '../../../examples/backends/map-files.js'
import { busyDisk } from '../../support/busy-disk.js'
import { tempDirectory } from '../../support/temp.js'

fileBackendConformance(
  {
    name: 'memory',
    persistent: false,
    makePlace: async () => ({
      open: async () => new MemoryBackend(),
      openKeeping: async (setting) => new MemoryBackend(setting),
    }),
  },
  { describe, it },
)

fileBackendConformance(
  {
    name: 'a Map, as an example',
    persistent: false,
    makePlace: async () => ({ open: async () => new MapFiles() }),
  },
  { describe, it },
)

for (const disk of ['native', 'portable'] as const) {
  fileBackendConformance(
    {
      name: `a directory on the ${disk} disk`,
      persistent: true,
      makePlace: async () => {
        const directory = await tempDirectory()
        const busy = busyDisk(disk)
        return {
          open: async () => await LocalBackend.open(directory, { disk: busy.disk }),
          openKeeping: async (keep) =>
            await LocalBackend.open(directory, { disk: busy.disk }, 0, false, keep),
          failNext: busy.failNext,
        }
      },
    },
    { describe, it },
  )
}
