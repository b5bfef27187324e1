import { onTestFinished } from 'vitest'
import type { CloudBackend } from '../../../../src/files/bucket/backend.js'
import { openCloud, type CloudConfig } from '../../../../src/files/bucket/open.js'
import {
  withFallback,
  type FallbackBackend,
  type FallbackOptions,
} from '../../../../src/files/fallback/backend.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { tempDirectory } from '../../../support/temp.js'
import { gcsConfig, s3Config } from '../bucket/subjects.js'
import { startGcs } from '../bucket/standins/gcs.mjs'
import type { StandIn } from '../bucket/standins/http.mjs'
import { startS3 } from '../bucket/standins/s3.mjs'

/** Fails at once, so that tests need not wait for what is down. */
const HASTE = { maxRetries: 0, timeoutSeconds: 2, breakerSeconds: 1 }

const OTHERS = 'others'

/** A cloud that can be taken down, with a fallback over it. */
export class OutagePlace {
  readonly standIn: StandIn
  readonly directory: string
  readonly #config: CloudConfig

  static async make(
    kind: 's3' | 'gcs' = 's3',
    options: Pick<CloudConfig, 'keepVersions'> = {},
  ): Promise<OutagePlace> {
    const standIn = kind === 's3' ? await startS3() : await startGcs()
    onTestFinished(async () => await standIn.close())
    const config = kind === 's3' ? s3Config(standIn.endpoint) : gcsConfig(standIn.endpoint)
    return new OutagePlace(standIn, await tempDirectory(), {
      ...config,
      ...HASTE,
      ...options,
    })
  }

  private constructor(standIn: StandIn, directory: string, config: CloudConfig) {
    this.standIn = standIn
    this.directory = directory
    this.#config = config
  }

  /** Every request is refused, but for those of other machines (S3). */
  down(): void {
    this.standIn.setFaults(({ headers }) =>
      headers['x-amz-security-token'] === OTHERS ? undefined : { status: 503 },
    )
  }

  up(): void {
    this.standIn.setFaults(undefined)
  }

  /** The fallback, which replays when it is told to: its own timer is far away. */
  async open(options: FallbackOptions = {}): Promise<FallbackBackend> {
    const { keepVersions: most } = this.#config
    const keep = most === undefined ? undefined : { most }
    const local = await LocalBackend.open(this.directory, {}, 0, false, keep)
    onTestFinished(async () => await local.close())
    const backend = await withFallback(await this.cloud(), local, {
      retryIntervalMs: 3_600_000,
      ...options,
    })
    onTestFinished(async () => await backend.close())
    return backend
  }

  /** The cloud as another machine sees it. */
  async cloud(): Promise<CloudBackend> {
    return await this.#openCloud(this.#config)
  }

  /** The same, also while it is down for this one. */
  async othersCloud(): Promise<CloudBackend> {
    return await this.#openCloud({ ...this.#config, s3SessionToken: OTHERS })
  }

  async #openCloud(config: CloudConfig): Promise<CloudBackend> {
    const cloud = await openCloud(config)
    if (cloud === undefined) throw new Error('The configuration names no bucket')
    onTestFinished(async () => await cloud.close())
    return cloud
  }
}

/** Replays until nothing is pending: a breaker may still be open at first. */
export async function syncAll(backend: FallbackBackend, deadlineMs = 20_000): Promise<void> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const report = await backend.sync()
    if (report.pending === 0) return
    if (Date.now() > end) throw new Error(`Still pending: ${JSON.stringify(report)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
