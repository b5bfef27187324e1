import { tempDirectory } from '../../../support/temp.js'
import { FAR_SETTINGS, fileStorageSuite } from '../suite/suite.js'
import { gcsStandIn, realSubjects, s3StandIn } from './subjects.js'

const standIns = [s3StandIn, gcsStandIn]

for (const subject of [...standIns, ...realSubjects()]) {
  const isReal = !standIns.includes(subject)
  const tellsLostRaces = !subject.limitations.has('lost-races-unclear')
  const shared = { persistent: true, shared: true, tellsLostRaces, takesAnyTime: !isReal }
  const alone = {
    ...shared,
    name: `in ${subject.name}`,
    filesMany: isReal ? 60 : 1100,
    makePlace: async () => ({
      ...(await subject.makePlace()).config,
      enable_local_fallback: false,
    }),
  }
  const withFallback = {
    ...shared,
    name: `in ${subject.name} with a fallback`,
    filesMany: 60,
    makePlace: async () => ({
      ...(await subject.makePlace()).config,
      enable_local_fallback: true,
      local_storage_path: await tempDirectory(),
    }),
  }
  // Each request to a real service takes its time: there, one of the settings with, the other without a fallback.
  fileStorageSuite(alone, isReal ? FAR_SETTINGS.slice(0, 1) : FAR_SETTINGS)
  fileStorageSuite(withFallback, isReal ? FAR_SETTINGS.slice(1) : FAR_SETTINGS)
}
