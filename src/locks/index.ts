export { FileLocks } from './file-locks.js'
export type { AcquireOptions, Lease, LockService } from './lock-service.js'
export { PostgresLocks, type PostgresLocksOptions } from './postgres-locks.js'
export { RedisLocks, type RedisLocksOptions } from './redis-locks.js'
