import { cloudBackendSuite } from './backend-suite.js'
import { gcsStandIn, realSubjects, s3StandIn } from './subjects.js'

cloudBackendSuite(s3StandIn)
cloudBackendSuite(gcsStandIn)
for (const subject of realSubjects()) cloudBackendSuite(subject)
