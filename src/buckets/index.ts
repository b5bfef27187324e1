/** Versions in buckets of S3 and Google Cloud Storage: `holdfast/objects`. */
export { BucketStorage } from './bucket-storage.js'
export { BucketSource } from './bucket-source.js'
export type { BucketSourceOptions, BucketStorageOptions } from './bucket-storage-options.js'
export type { BucketOptions } from '../objects/bucket-options.js'
