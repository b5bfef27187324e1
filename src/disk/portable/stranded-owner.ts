import { monotonicMs, sleep } from '../../base/clock.js'
import { judgeEntry, listSigns } from '../liveness.js'
import { parseSignName, type Sign, type SignPlace } from '../sign-of-life.js'

/** A process that only tries to become the owner withdraws its sign within this time. */
const TRYING_MS = 2000
const LOOK_AGAIN_MS = 20

/**
 * The number of a process that has the store open through the portable disk though the owner file does not name it:
 * another program has removed or replaced that file. Its sign of life answers.
 *
 * @param own the sign of the process that asks
 */
export async function strandedOwner(place: SignPlace, own?: Sign): Promise<number | undefined> {
  const deadline = monotonicMs() + TRYING_MS
  let signs = (await listSigns(place, 'portable')).filter(({ name }) => name !== own?.name)
  for (;;) {
    const living = []
    for (const sign of signs) if ((await judgeEntry(place, sign)) === 'alive') living.push(sign)
    const [first] = living
    if (first === undefined) return undefined
    if (monotonicMs() > deadline) return parseSignName(first.name.replace(/\.new$/, ''))?.pid
    signs = living
    await sleep(LOOK_AGAIN_MS)
  }
}
