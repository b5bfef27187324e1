// Several runs side by side, each with disks of its own: a recovery waits for its disk most of the time.
import { PowerRun } from './run.mjs'

/**
 * Takes one task after the other, in as many runs as there are `jobs`, until there are none left or one call of `work`
 * returns false or fails.
 */
export async function inJobs(jobs, tasks, work) {
  const left = tasks[Symbol.iterator]()
  let stopped = false
  const ends = await Promise.allSettled(
    Array.from({ length: jobs }, async () => {
      const run = new PowerRun()
      try {
        for (let next = left.next(); !next.done && !stopped; next = left.next())
          if ((await work(run, next.value)) === false) stopped = true
      } catch (error) {
        stopped = true
        throw error
      } finally {
        await run.end()
      }
    }),
  )
  for (const { reason } of ends) if (reason !== undefined) throw reason
}
