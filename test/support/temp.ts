import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished, TestRunner } from 'vitest'

const kept = new Set<string>()

// Directories made outside a test (in beforeAll) belong to the whole file.
afterAll(async () => {
  for (const directory of kept) await removeTree(directory)
  kept.clear()
})

/**
 * A new empty directory of this test's own, removed when the test has ended (after its `afterEach` hooks); called
 * from `beforeAll`, when the file has ended. `HOLDFAST_TEST_DIR` moves it to another file system.
 */
export async function tempDirectory(): Promise<string> {
  const parent = await realpath(process.env['HOLDFAST_TEST_DIR'] ?? tmpdir())
  const directory = await mkdtemp(join(parent, 'holdfast-test-'))
  if (TestRunner.getCurrentTest() === undefined) kept.add(directory)
  else onTestFinished(async () => await removeTree(directory))
  return directory
}

async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // A test took the write permission away; give it back and try again, this time for good.
    await unlockTree(directory)
    await rm(directory, { recursive: true, force: true })
  }
}

async function unlockTree(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await unlockTree(join(directory, entry.name))
  }
}
