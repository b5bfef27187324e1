import { createStorage, type Storage } from 'unstorage'
import { onTestFinished } from 'vitest'
import holdfast, { type HoldfastDriverOptions } from '../../../src/adapters/unstorage.js'

/** A storage over the driver, disposed of at the end of the test. */
export function openStorage(options: HoldfastDriverOptions): Storage {
  const storage = createStorage({ driver: holdfast(options) })
  onTestFinished(async () => await storage.dispose())
  return storage
}

/** By the driver: unstorage itself clears nothing but what is mounted at a base or below it. */
export async function clearBelow(storage: Storage, base: string): Promise<void> {
  await storage.getMount().driver.clear?.(base, {})
}
