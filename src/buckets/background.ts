import { publish } from '../base/channels.js'
import type { Bucket } from './bucket.js'

/**
 * Work that follows a commit, or undoes what was not committed. What fails is reported on the channel of background
 * errors, and is done by the next change that needs it.
 */
export async function inBackground(
  { place: directory }: Pick<Bucket, 'place'>,
  stage: 'finish' | 'remove' | 'undo',
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    publish('background-error', () => ({ directory, stage, error }))
  }
}
