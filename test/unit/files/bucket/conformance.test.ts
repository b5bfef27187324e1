import { describe, it } from 'vitest'
import { fileBackendConformance } from '../../../../src/files/conformance.js'
import type { CloudConfig } from '../../../../src/files/bucket/open.js'
import type { KeepSetting } from '../../../../src/files/kept.js'
import { withFallback } from '../../../../src/files/fallback/backend.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import type { FileBackendPlace } from '../../../../src/files/conformance/subject.js'
import { tempDirectory } from '../../../support/temp.js'
import { gcsStandIn, realSubjects, s3StandIn, type CloudPlace } from './subjects.js'

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
        return {
          open: async () => await place.open(),
          openKeeping: async (setting) => await place.open(keepOptions(setting)),
          failNext: failingNext(place),
        }
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
          openKeeping: async (keep) =>
            await withFallback(
              await place.open(keepOptions(keep)),
              await LocalBackend.open(directory, {}, 0, false, keep),
            ),
          failNext: failingNext(place),
        }
      },
    },
    { describe, it },
  )
}

function keepOptions({ most, days }: KeepSetting): Partial<CloudConfig> {
  return days === undefined
    ? { keepVersions: most }
    : { keepVersions: most, keepVersionsDays: days }
}

/** A real service cannot be told to. */
function failingNext({ standIn }: CloudPlace): NonNullable<FileBackendPlace['failNext']> {
  return (kind, times) => {
    let left = times
    standIn?.setFaults(({ method }) => {
      const isRead = method === 'GET' || method === 'HEAD'
      return isRead === (kind === 'read') && left-- > 0 ? { status: 503 } : undefined
    })
  }
}
