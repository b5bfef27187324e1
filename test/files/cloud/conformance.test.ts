import { describe, it } from 'vitest'
import { fileBackendConformance } from '../../../src/files/conformance.js'
import { withFallback } from '../../../src/files/fallback/fallback-backend.js'
import { LocalBackend } from '../../../src/files/local/local-backend.js'
import { tempDirectory } from '../../support/temp.js'
import { gcsStandIn, realSubjects, s3StandIn } from './subjects.js'

for (const subject of [s3StandIn, gcsStandIn, ...realSubjects()]) {
  fileBackendConformance(
    {
      name: subject.name,
      persistent: true,
      makePlace: async () => {
        const place = await subject.makePlace()
        return { open: async () => await place.open() }
      },
    },
    { describe, it },
  )
  fileBackendConformance(
    {
      name: `${subject.name} with a fallback`,
      persistent: true,
      makePlace: async () => {
        const place = await subject.makePlace()
        const directory = await tempDirectory()
        return {
          open: async () =>
            await withFallback(await place.open(), await LocalBackend.open(directory)),
        }
      },
    },
    { describe, it },
  )
}
