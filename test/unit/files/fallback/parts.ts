import { onTestFinished } from 'vitest'
import { KeyedQueue } from '../../../../src/base/keyed-queue.js'
import { Outbox } from '../../../../src/files/fallback/outbox.js'
import { CloudMemory } from '../../../../src/files/fallback/replay.js'
import { Replayer } from '../../../../src/files/fallback/replayer.js'
import type { WriterParts } from '../../../../src/files/fallback/writer.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { MemoryBackend } from '../../../../src/files/memory.js'
import { tempDirectory } from '../../../support/temp.js'

/** The parts of a fallback over a cloud in memory, which replays only when it is told to. */
export async function fallbackParts(
  cloud: MemoryBackend = new MemoryBackend(),
): Promise<WriterParts> {
  const local = await LocalBackend.open(await tempDirectory(), { disk: 'portable' })
  const outbox = new Outbox(local.directory)
  const replayParts = { cloud, local, outbox, memory: new CloudMemory() }
  const queue = new KeyedQueue()
  const retry = { retryMinMs: 3_600_000, retryIntervalMs: 3_600_000 }
  const options = { policy: 'keep-both', ...retry } as const
  const replayer = new Replayer(replayParts, queue, options)
  onTestFinished(async () => {
    await replayer.stop()
    await local.close()
  })
  return { ...replayParts, queue, replayer }
}
