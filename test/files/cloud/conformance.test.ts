import { describe, it } from 'vitest'
import { fileBackendConformance } from '../../../src/files/conformance.js'
import { withFallback } from '../../../src/files/fallback/fallback-backend.js'
import { LocalBackend } from '../../../src/files/local/local-backend.js'
import { tempDirectory } from '../../support/temp.js'
import { gcsStandIn, realSubjects, s3StandIn } from './subjects.js'

const standIns = [s3StandIn, gcsStandIn]

for (const subject of [...standIns, ...realSubjects()]) {
  const can = {
    tellsLostRaces: !subject.limitations.has('lost-races-unclear'),
    noticesSameBytes: !subject.limitations.has('versions-repeat'),
  }
  fileBackendConformance(
    {
      name: subject.name,
      persistent: true,
      ...can,
      makePlace: async () => {
        const place = await subject.makePlace()
        return { open: async () => await place.open() }
      },
    },
    { describe, it },
  )
  // With a fallback it is slow, and the storage's own suite runs there as well.
  if (!standIns.includes(subject)) continue
  fileBackendConformance(
    {
      name: `${subject.name} with a fallback`,
      persistent: true,
      ...can,
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
