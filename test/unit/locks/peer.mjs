// Another process with a lock service: does what it is told.
import { FileLocks, PostgresLocks, RedisLocks } from '../../../dist/locks/index.js'
import { answerParent } from '../../support/answer-parent.mjs'

const { kind, ...options } = JSON.parse(process.argv[2])
const KINDS = {
  file: async ({ directory }) => await FileLocks.open(directory),
  postgres: async (given) => new PostgresLocks(given),
  redis: async (given) => new RedisLocks(given),
}
const locks = await KINDS[kind](options)
const leases = new Map()

const METHODS = {
  acquire: async (name, given) => {
    const lease = await locks.acquire(name, given)
    leases.set(name, lease)
    return lease.token
  },
  renew: async (name) => await leases.get(name).renew(),
  release: async (name) => await leases.get(name).release(),
  /** Resolves with the code of the loss. */
  lost: async (name) => {
    const { lost } = leases.get(name)
    if (!lost.aborted)
      await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
    return lost.reason.code
  },
  /** Takes the lock again and again, `rounds` times; returns the tokens and when each was held. */
  contend: async (name, rounds) => {
    const held = []
    while (held.length < rounds) {
      const lease = await locks.acquire(name, { waitMs: 60_000 })
      const from = process.hrtime.bigint()
      await new Promise((resolve) => setTimeout(resolve, 2))
      held.push({ token: lease.token, from: String(from), to: String(process.hrtime.bigint()) })
      await lease.release()
    }
    return held
  },
  close: async () => {
    await locks.close()
    process.disconnect()
  },
}

answerParent((name) => METHODS[name])
