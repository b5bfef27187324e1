import type { VersionDocument } from '../version-storage.js'
import { resolveVerifyOptions, type VerifyOptions, type VerifyReport } from './findings.js'
import type { OpenStore } from './open-store.js'
import { Verification } from './verification.js'

/** Reads every file of a store and compares it with its name, its checksum and the index. */
export async function verifyStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const resolved = resolveVerifyOptions(options)
  return await store.features.plan((mark) => new Verification(store, mark, resolved).run())
}
