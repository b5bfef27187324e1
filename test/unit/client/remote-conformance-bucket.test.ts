import { BucketStorage } from '../../../src/buckets/index.js'
import { newPrefix, s3StandInBucket } from '../buckets/places.js'
import { conformsOverHttp } from './served.js'

const LAG_MS = 200
const bucket = s3StandInBucket()

conformsOverHttp({
  name: 'a server over a bucket (stand-in of S3)',
  lagMs: LAG_MS,
  open: async () =>
    await BucketStorage.open({
      ...bucket.options(),
      cloudPrefix: newPrefix(),
      pollIntervalMs: 50,
      staleMs: LAG_MS,
    }),
})
