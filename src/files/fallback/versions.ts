import type { Readable } from 'node:stream'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import { nowMs } from '../../base/clock.js'
import type { FileBackend, StoredFile } from '../backend.js'
import { isExpired, type FileDocument } from '../document.js'
import {
  inOrder,
  isVersionKeeper,
  KEEPS_NONE,
  type KeepRequest,
  type KeepSetting,
  type KeptEntry,
  type KeptVersion,
  type VersionKeeper,
} from '../kept.js'
import type { LocalBackend } from '../local/backend.js'
import type { Outbox } from './outbox.js'

export interface FallbackVersionsParts {
  readonly cloud: FileBackend
  readonly local: LocalBackend
  readonly outbox: Outbox
}

/** Sends a request to the cloud, and learns from the answer whether it is down. */
type Asking = <Result>(ask: () => Promise<Result>) => Promise<Result>

type OpenedVersion = { readonly file: StoredFile; readonly body: Readable }

/**
 * The versions of files in the cloud, and of those that wait for it: what is stored again during an outage is kept in
 * the local store until its replay. While the cloud is down, a history cannot be told: it fails as a list does.
 */
export class FallbackVersions {
  readonly #parts: FallbackVersionsParts
  readonly #asking: Asking
  readonly #cloud: VersionKeeper | undefined

  constructor(parts: FallbackVersionsParts, asking: Asking) {
    this.#parts = parts
    this.#asking = asking
    this.#cloud = isVersionKeeper(parts.cloud) ? parts.cloud : undefined
  }

  async setting(): Promise<KeepSetting> {
    return (await this.#cloud?.keepSetting()) ?? KEEPS_NONE
  }

  async of(key: string): Promise<readonly KeptEntry[]> {
    const waiting = await this.#parts.local.versions(key)
    const replaced = await this.#replaced(key, waiting)
    const inCloud = await this.#asking(async () => (await this.#cloud?.versions(key)) ?? [])
    return inOrder([...waiting, ...(replaced === undefined ? [] : [replaced]), ...inCloud])
  }

  async get(
    key: string,
    version: string,
    range: ByteRange | undefined,
  ): Promise<OpenedVersion | undefined> {
    const waiting = await this.#parts.local.getVersion(key, version, range)
    if (waiting !== undefined) return waiting
    return await this.#asking(async () => {
      const kept = await this.#cloud?.getVersion(key, version, range)
      if (kept !== undefined) return kept
      if ((await this.#parts.outbox.find(key)) === undefined) return undefined
      const found = await this.#parts.cloud.get(key, range)
      if (found === undefined || found.file.etag === version) return found
      found.body.destroy()
      return undefined
    })
  }

  async head(key: string, version: string): Promise<StoredFile | undefined> {
    const waiting = await this.#parts.local.headVersion(key, version)
    if (waiting !== undefined) return waiting
    return await this.#asking(async () => {
      const kept = await this.#cloud?.headVersion(key, version)
      if (kept !== undefined) return kept
      const replaced = await this.#replaced(key, [])
      return replaced?.version === version ? replaced.file : undefined
    })
  }

  async put(
    kept: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    const { local } = this.#parts
    const isWaiting = (await local.headVersion(kept.key, kept.version)) !== undefined
    if (isWaiting) return await local.putVersion(kept, body, describe, over)
    return await this.#asking(
      async () => (await this.#cloud?.putVersion(kept, body, describe, over)) ?? false,
    )
  }

  async delete(key: string, versions: readonly string[]): Promise<number> {
    // First the cloud's: a replay would send the others there.
    const inCloud = await this.#asking(
      async () => (await this.#cloud?.deleteVersions(key, versions)) ?? 0,
    )
    return inCloud + (await this.#parts.local.deleteVersions(key, versions))
  }

  async *all(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    yield* this.#parts.local.allVersions(prefix)
    if (this.#cloud !== undefined) yield* this.#cloud.allVersions(prefix)
  }

  /** The cloud's file of a key whose change is pending: the replay keeps it. */
  async #replaced(key: string, waiting: readonly KeptEntry[]): Promise<KeptEntry | undefined> {
    const { cloud, outbox } = this.#parts
    const pending = await outbox.find(key)
    if (pending === undefined || (await this.setting()).most === 0) return undefined
    const file = await this.#asking(async () => await cloud.head(key))
    const keptMs = beforeAll(waiting) ?? pending.entry.since_ms
    return file && { key, version: file.etag, keptMs, file }
  }
}

/** What the replay of a key asks the cloud to keep: it was replaced when the first change was made here. */
export async function replayKeep(
  { local }: Pick<FallbackVersionsParts, 'local'>,
  key: string,
  changedMs: number,
): Promise<KeepRequest> {
  const keptMs = beforeAll(await local.versions(key)) ?? changedMs
  return { nowMs: keptMs, keeps: ({ document }) => !isExpired(document, nowMs()) }
}

/**
 * Sends what was kept here to the cloud. It may be done again: a version that is there already stays. Returns the
 * versions that the local store does not need any longer.
 */
export async function sendVersions(
  { cloud, local }: Pick<FallbackVersionsParts, 'cloud' | 'local'>,
  key: string,
): Promise<readonly string[]> {
  const sent: string[] = []
  if (!isVersionKeeper(cloud)) return sent
  for (const kept of [...(await local.versions(key))].reverse()) {
    // A damaged one stays where it is: `verify` reports it.
    if (kept.file === undefined) continue
    const found = await local.getVersion(key, kept.version)
    if (found === undefined) continue
    try {
      await cloud.putVersion(kept, found.body, () => found.file.document, 'absent')
    } finally {
      found.body.destroy()
    }
    sent.push(kept.version)
  }
  return sent
}

/** @param versions newest first */
function beforeAll(versions: readonly KeptVersion[]): number | undefined {
  const oldest = versions.at(-1)
  return oldest && oldest.keptMs - 1
}
